package conformance

import "github.com/openfga/openfga/pkg/server/config"

// exception names a test of OpenFGA's that the server as the product runs it
// can't pass, and says why.
type exception struct {
	test   string
	reason string
	// feature is the experiment of OpenFGA's that the test is about. The test
	// runs against an embedded server that has it on.
	feature string
}

// exceptions lists all of them. None is skipped. A test fails where a name is no
// test of theirs, and where the product takes its model after all.
func exceptions() []exception {
	const inline = "relationships that carry their condition as text are an experiment of OpenFGA's that the product leaves off"
	var all []exception
	for _, name := range []string{
		"inline_expression_exclusion_subtract_missing_param",
		"inline_expression_basic",
		"inline_expression_inferred_string_param",
		"inline_expression_alongside_named_condition",
		"inline_expression_int_param",
		"inline_expression_timestamp_param",
		"inline_expression_ipaddress_param",
		"inline_expression_userset_subject",
		"inline_expression_ttu",
	} {
		for _, variant := range []string{"", "_ctxTuples"} {
			all = append(all, exception{test: name + variant, reason: inline, feature: config.ExperimentalInlineExpressions})
		}
	}
	return all
}
