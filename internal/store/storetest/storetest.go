// Package storetest is the conformance suite of the store's contract: a driver
// is right when [Run] passes on it. Every test runs on a fresh store behind
// [store.Service], as all callers hold it. What a driver cannot do it names as
// an [Exception], with the reason.
//
// Beside single statements there are random programs: the same operations on the
// driver and on the reference store, whose answers must be equal.
package storetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Factory makes a fresh, empty place for a store, which goes when the test
// ends, and returns how to open a driver on it. Opened again, after Close, a
// driver finds what was there.
type Factory func(t *testing.T) (open func() (store.Driver, error))

// Exception names a test that a driver does not pass, as "Group/Test", and why.
// It is reported as skipped, and fails the run when there is no such test.
type Exception struct {
	Test   string
	Reason string
}

// Run runs the suite.
func Run(t *testing.T, factory Factory, exceptions ...Exception) {
	groups := []struct {
		name  string
		tests []test
	}{
		{"Write", writeTests()},
		{"Read", readTests()},
		{"Edge", edgeTests()},
		{"Tenants", tenantTests()},
		{"Semantic", semanticTests()},
		{"Keyword", keywordTests()},
		{"Where", whereTests()},
		{"Access", accessTests()},
		{"Routes", routeTests()},
		{"Export", exportTests()},
		{"Recall", recallTests()},
		{"Cursor", cursorTests()},
		{"Concurrency", concurrencyTests()},
		{"Programs", programTests()},
	}
	reasons := map[string]string{}
	for _, exception := range exceptions {
		reasons[exception.Test] = exception.Reason
	}
	for _, group := range groups {
		t.Run(group.name, func(t *testing.T) {
			for _, test := range group.tests {
				name := group.name + "/" + test.name
				reason, excepted := reasons[name]
				delete(reasons, name)
				t.Run(test.name, func(t *testing.T) {
					if excepted {
						t.Skip("exception of this driver: " + reason)
					}
					test.run(newHarness(t, factory))
				})
			}
		})
	}
	for name := range reasons {
		t.Errorf("the exception %q names no test of the suite", name)
	}
}

type test struct {
	name string
	run  func(h *harness)
}

// harness is one test with its store, open and prepared for [acme].
type harness struct {
	*testing.T
	*store.Service
	factory Factory
	open    func() (store.Driver, error)
}

// The tenant of most tests, and another one.
const (
	acme  = "acme"
	other = "other"
)

func testModel() store.EmbeddingModel {
	return store.EmbeddingModel{Name: "test-16", Dimension: dimension}
}

func newHarness(t *testing.T, factory Factory) *harness {
	h := &harness{T: t, factory: factory, open: factory(t)}
	h.Service = h.mustOpen()
	t.Cleanup(func() { require.NoError(t, h.Close()) })
	require.NoError(t, h.Prepare(h.ctx(), acme, testModel()))
	return h
}

func (h *harness) mustOpen() *store.Service {
	h.Helper()
	driver, err := h.open()
	require.NoError(h, err)
	return store.NewService(driver, nil)
}

// reopen closes the store and opens it again.
func (h *harness) reopen() {
	h.Helper()
	require.NoError(h, h.Close())
	h.Service = h.mustOpen()
}

func (h *harness) ctx() context.Context { return h.Context() }
