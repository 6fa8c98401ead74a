// Package connectortest proves a connector against the contract of package
// connectors: what it tells, how it ends, that it goes on where it stopped, and
// that nothing that goes wrong ever looks like the whole.
//
// A connector's test describes a small source of its kind as a [World] and calls
// [Run]. The package has a source of its own, [Source], scripted and in memory:
// for tests of what uses connectors, and to show that the checks can fail. It
// knows nothing of stores and of OpenFGA.
package connectortest

import (
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// World is a source with a few documents (3 to 100 of them), which a check may
// change. The functions that change it return what was concerned.
type World struct {
	// Name is the source's name, which all its documents carry.
	Name string
	// Open makes a connector as a new process would: it knows nothing of the
	// ones before it.
	Open func() (connectors.Connector, error)

	// Change gives a document another text.
	Change func() (eyeshot.Object, error)
	// Add brings a document that was not there.
	Add func() (eyeshot.Object, error)
	// Delete takes a document away.
	Delete func() (eyeshot.Object, error)
	// Permit changes who may read a document: its own relationships, or those of
	// what it hangs on. Its content stays as it is.
	Permit func() (eyeshot.Object, error)
	// Spoil makes a document such that it, or who may read it, is not understood.
	// nil: with this source that can't be.
	Spoil func() (eyeshot.Object, error)

	// Break lets every request from the n-th on, counted from 1 and from now, go
	// wrong in a way, until Heal. nil: the source has no requests.
	Break func(n int, how Fault)
	Heal  func()
	// Faults are the ways that Break knows.
	Faults []Fault
}

// Fault is a way in which a request goes wrong.
type Fault string

// Faults that sources have. Truncated gives less than there is, without an
// error and as if that was all; Drift moves entries between pages.
const (
	Failing   Fault = "failing"
	Truncated Fault = "truncated"
	Drift     Fault = "drift"
	Forbidden Fault = "forbidden"
)

// Run proves a connector. world is called for each check and gives a new source
// each time; it may use t to clean up.
func Run(t *testing.T, world func(t *testing.T) World) {
	for _, check := range checks {
		t.Run(check.name, func(t *testing.T) {
			w := world(t)
			if why := check.missing(w); why != "" {
				t.Skip(why)
			}
			if err := check.run(t.Context(), w); err != nil {
				t.Fatal(err)
			}
		})
	}
}
