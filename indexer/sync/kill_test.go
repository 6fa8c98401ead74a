package sync_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/indexer/sync"
)

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}

// stories are what happens to a source between two syncs, and which sync is
// then killed.
var stories = []struct {
	name   string
	mode   sync.Mode
	happen func(w *world)
}{
	{"a first sync", sync.Content, func(w *world) { w.fill(11, 4) }},
	{"changes", sync.Content, func(w *world) {
		w.source.Put("02", "another text", inProject...)
		w.source.Put("03", "another text for others", "viewer user:1", "viewer user:7")
		w.source.Put("new", "new", "viewer user:2")
		w.source.Remove("04")
		w.source.Spoil("05")
		w.members(3)
	}},
	{"permissions", sync.Permissions, func(w *world) {
		w.source.Share("00", "viewer user:1")
		w.source.Share("06", "viewer user:3", "viewer user:8")
		w.source.Remove("07")
		w.members(5)
	}},
	{"a whole reading", sync.Full, func(w *world) {
		w.source.Put("08", "a text that nobody had", "viewer user:6")
		w.source.Remove("01")
		w.source.Remove("09")
		w.source.Share("10", "viewer user:4")
		w.members(2)
	}},
}

// tell lives through the stories; the n-th is killed after so many steps, and
// then run again until it comes to its end. It returns the steps of each.
func tell(w *world, story, kill int) (steps []int) {
	w.t.Helper()
	for i, s := range stories {
		s.happen(w)
		before := w.steps
		if i == story {
			w.killAt = w.steps + kill
			_, err := w.try(s.mode)
			require.ErrorIs(w.t, err, errKilled, "%s, step %d", s.name, kill)
			w.killAt = 0
		}
		w.run(s.mode)
		steps = append(steps, w.steps-before)
	}
	w.run(sync.Content)
	return steps
}

// TestKilledAtAnyMomentASyncEndsAsOneThatWasNeverKilled kills syncs at many
// random steps of everything that they write: relationships, content, state.
func TestKilledAtAnyMomentASyncEndsAsOneThatWasNeverKilled(t *testing.T) {
	db, m := openState(t), shipped(t)
	whole := newWorldOn(t, db, m, "whole")
	steps := tell(whole, -1, 0)
	require.Equal(t, whole.told(), whole.relationships())
	random := rand.New(rand.NewPCG(10, 200))
	for n := range kills {
		story := n % len(stories)
		kill := 1 + random.IntN(steps[story]-1)
		w := newWorldOn(t, db, m, fmt.Sprint("killed-", n))
		tell(w, story, kill)
		name := fmt.Sprintf("%s killed after step %d of %d", stories[story].name, kill, steps[story])
		require.Equal(t, whole.relationships(), w.relationships(), name)
		require.Equal(t, whole.texts(), w.texts(), name)
		require.Equal(t, recorded(t, whole), recorded(t, w), name)
	}
}

// recorded is all that the state remembers of the source.
func recorded(t *testing.T, w *world) []string {
	t.Helper()
	var out []string
	for _, owner := range []string{"s", "s/acl"} {
		owned, err := w.state.OwnedBy(t.Context(), w.tenant, owner)
		require.NoError(t, err)
		for _, o := range owned {
			require.False(t, o.Pending, "nothing stays pending")
			out = append(out, owner+" "+o.Relationship.String())
		}
	}
	unfinished, err := w.state.Unseen(t.Context(), w.tenant, "s", "s/snapshot", 1000)
	require.NoError(t, err)
	objects, err := w.state.Objects(t.Context(), w.tenant, "s")
	require.NoError(t, err)
	require.Len(t, unfinished, objects, "no reading is left half told")
	for _, name := range []string{"s/changes", "s/snapshot", "s/established"} {
		out = append(out, name+" "+w.checkpoint(name))
	}
	return out
}
