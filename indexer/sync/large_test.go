package sync_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
)

// A group of 100,000 is staged and compared in the state file; who leaves it is
// one tuple, and who joins it is.
func TestAGroupOfAHundredThousandIsComparedWithoutBeingWrittenAnew(t *testing.T) {
	const people = manyPeople
	w := newWorld(t)
	members := func(from, to int) []eyeshot.Relationship {
		all := make([]eyeshot.Relationship, 0, to-from+1)
		for i := from; i < to; i++ {
			all = append(all, connectortest.Rel("group:s/all", "member", eyeshot.Subject(fmt.Sprint("user:", i))))
		}
		return append(all, connectortest.Rel(project, "viewer", "group:s/all#member"))
	}
	w.source.Put("1", "x", inProject...)
	w.source.SetAccess(members(0, people)...)
	report := w.run(sync.Content)
	require.Equal(t, people+3, report.TuplesAdded)

	w.source.SetAccess(members(1, people+1)...)
	report = w.run(sync.Permissions)
	require.Equal(t, []int{1, 1, 0}, []int{report.TuplesAdded, report.TuplesRemoved, report.HeldBack})
	require.Len(t, w.tuples, people+3)
	require.NotContains(t, w.tuples, connectortest.Rel("group:s/all", "member", "user:0").Key())
	require.Zero(t, w.embedded-1)
}
