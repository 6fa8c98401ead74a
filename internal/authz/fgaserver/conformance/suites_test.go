package conformance

import (
	"testing"

	"github.com/openfga/openfga/tests/check"
	"github.com/openfga/openfga/tests/listobjects"
)

func TestTheServerChecksAsOpenFGASays(t *testing.T) {
	c := newClient(t)
	check.RunAllTests(t, c)
	c.requireExceptions(t)
	c.requireCalls(t, map[string]int{"Check": 800})
}

func TestTheServerAnswersOpenFGAsMatrixOfModels(t *testing.T) {
	c := newClient(t)
	// The suite's subtest is parallel: it is done when the one around it is.
	t.Run("check", func(t *testing.T) { check.RunMatrixTests(t, "embedded", "server", c) })
	c.requireCalls(t, map[string]int{"Check": 600, "ListObjects": 600, "ListUsers": 600})
}

func TestTheServerListsAsOpenFGASays(t *testing.T) {
	c := newClient(t)
	listobjects.RunAllTests(t, c)
	c.requireExceptions(t)
	c.requireCalls(t, map[string]int{"ListObjects": 600, "StreamedListObjects": 600, "Check": 450})
}

func TestTheServerListsOpenFGAsMatrixOfModels(t *testing.T) {
	c := newClient(t)
	t.Run("listobjects", func(t *testing.T) { listobjects.RunMatrixTests(t, "embedded", "server", c) })
	c.requireCalls(t, map[string]int{"ListObjects": 150, "StreamedListObjects": 150, "Check": 250})
}
