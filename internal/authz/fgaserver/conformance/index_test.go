package conformance

import (
	"testing"

	"github.com/openfga/openfga/tests/check"
	"github.com/openfga/openfga/tests/listobjects"
	"github.com/stretchr/testify/require"
)

// The suites' list tests, with the permission index in OpenFGA's place: what
// they expect is what the index must say.

func TestTheIndexAndTheGateListAsOpenFGASays(t *testing.T) {
	c := newIndexed(t, gated)
	listobjects.RunAllTests(t, c)
	c.requireExceptions(t)
	c.requireCalls(t, map[string]int{"index": 1200})
}

func TestTheIndexAndTheGateListOpenFGAsMatrixOfModels(t *testing.T) {
	c := newIndexed(t, gated)
	t.Run("listobjects", func(t *testing.T) { listobjects.RunMatrixTests(t, "embedded", "index", c) })
	t.Run("check", func(t *testing.T) { check.RunMatrixTests(t, "embedded", "index", c) })
	c.requireCalls(t, map[string]int{"index": 1000})
}

func TestTheIndexAloneListsAsOpenFGASaysWithoutConditions(t *testing.T) {
	c := newIndexed(t, bare)
	listobjects.RunAllTests(t, c)
	c.requireExceptions(t)
	c.requireLoose(t)
	c.requireCalls(t, map[string]int{"index": 1200, "unchecked": 800})
}

func TestTheIndexAloneListsOpenFGAsMatrixOfModelsWithoutConditions(t *testing.T) {
	c := newIndexed(t, bare)
	t.Run("listobjects", func(t *testing.T) { listobjects.RunMatrixTests(t, "embedded", "index", c) })
	t.Run("check", func(t *testing.T) { check.RunMatrixTests(t, "embedded", "index", c) })
	c.requireCalls(t, map[string]int{"index": 1000, "unchecked": 500})
}

// looseBounds names the tests in which the two bounds of the index may differ
// though no condition is involved, and says why. They are run: the check decides.
func looseBounds() map[string]string {
	const recursion = "the relation excludes itself, so that neither bound can be had from the other"
	return map[string]string{
		"true_butnot_cycle_return_false":           recursion,
		"true_butnot_cycle_return_false_ctxTuples": recursion,
	}
}

// requireLoose fails where the bounds of a test that looseBounds names are
// equal, or where there is no such test.
func (c *indexed) requireLoose(t *testing.T) {
	t.Helper()
	if picky() {
		return
	}
	for test := range looseBounds() {
		require.True(t, c.loose[test], "no test of OpenFGA's has the name %q, or its bounds are equal: take it off the list", test)
	}
}
