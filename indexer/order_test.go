package indexer_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
)

// told is what a source says at one time: its documents and who is in its
// projects.
type told struct {
	docs   []eyeshot.Document
	access []eyeshot.Relationship
}

// over returns all that holds once next has been told after t: documents that
// are not told of stay as they were.
func (t told) over(next told) told {
	byObject := map[eyeshot.Object]eyeshot.Document{}
	for _, list := range [][]eyeshot.Document{t.docs, next.docs} {
		for _, d := range list {
			byObject[d.Object] = d
		}
	}
	out := told{access: next.access}
	for _, object := range slices.Sorted(maps.Keys(byObject)) {
		out.docs = append(out.docs, byObject[object])
	}
	return out
}

// sees lists who reads which text when everything is as told.
func (t told) sees() []string {
	var out []string
	for _, d := range t.docs {
		users := map[string]bool{}
		for _, r := range d.Relationships {
			if r.Relation == "viewer" {
				users[string(r.Subject)] = true
			}
			for _, a := range t.access {
				if r.Relation == "project" && a.Object == eyeshot.Object(r.Subject) {
					users[string(a.Subject)] = true
				}
			}
		}
		for user := range users {
			out = append(out, sees(user, d.Object, d.Text))
		}
	}
	slices.Sort(out)
	return out
}

func (t told) relationships() []string {
	out := []string{}
	for _, d := range t.docs {
		for _, r := range d.Relationships {
			out = append(out, r.String())
		}
	}
	for _, r := range t.access {
		out = append(out, r.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (w *world) tell(t told) error {
	var all []connectors.Item
	for i, d := range t.docs {
		all = append(all, connectors.Item{Document: d, Checkpoint: fmt.Sprint(i)})
	}
	_, err := w.indexer().Run(w.t.Context(), w.tenant, "s", indexer.Run{Items: items(all...), Access: t.access, HasAccess: true})
	return err
}

// watch notes whatever can be seen after a step that none of the states allows.
// Those are the state before the change, and each that was told since.
func (w *world) watch(states ...told) (violations *[]string) {
	violations = new([]string)
	allowed := map[string]bool{}
	for _, s := range states {
		for _, line := range s.sees() {
			allowed[line] = true
		}
	}
	w.observe = func(step string) {
		for _, line := range w.visible() {
			if !allowed[line] {
				*violations = append(*violations, fmt.Sprintf("after %q: %s", step, line))
			}
		}
	}
	return violations
}

// before and after hold one document for each way in which one can change.
var before = told{
	docs: []eyeshot.Document{
		doc("same", "a", "viewer user:a", "project project:p"),
		doc("text", "a", "viewer user:a"),
		doc("wider", "a", "viewer user:a"),
		doc("narrower", "a", "viewer user:a", "viewer user:b"),
		doc("moved", "a", "project project:p"),
		doc("text-and-wider", "a", "viewer user:a"),
		doc("text-and-narrower", "a", "viewer user:a", "viewer user:b"),
		doc("text-and-moved", "a", "viewer user:a", "project project:p"),
		doc("acl-gone", "a", "viewer user:a"),
		doc("misunderstood", "a", "viewer user:a"),
	},
	access: []eyeshot.Relationship{rel("project:p", "viewer user:p1"), rel("project:p", "viewer user:p2"), rel("project:q", "viewer user:q1")},
}

var after = told{
	docs: []eyeshot.Document{
		doc("same", "a", "viewer user:a", "project project:p"),
		doc("text", "b", "viewer user:a"),
		doc("wider", "a", "viewer user:a", "viewer user:c"),
		doc("narrower", "a", "viewer user:b"),
		doc("moved", "a", "project project:q"),
		doc("text-and-wider", "b", "viewer user:a", "viewer user:c"),
		doc("text-and-narrower", "b", "viewer user:b"),
		doc("text-and-moved", "b", "viewer user:c", "project project:q"),
		doc("acl-gone", "b"),
		doc("misunderstood", "b", "viewer user:a", "viewer user:b", "reader user:c"),
		doc("new", "b", "viewer user:a", "project project:q"),
	},
	access: []eyeshot.Relationship{rel("project:p", "viewer user:p1"), rel("project:q", "viewer user:q1"), rel("project:q", "viewer user:q2")},
}

// TestStoppingAfterAnyStepLeaksNothingAndTheNextRunMendsIt kills a change after
// every step that it takes, looks after each of them who can read what, and
// then lets another run finish.
func TestStoppingAfterAnyStepLeaksNothingAndTheNextRunMendsIt(t *testing.T) {
	want := before.over(after.understood())
	db := openState(t)
	steps := func() int {
		w := newWorldOn(t, db, "whole")
		require.NoError(t, w.tell(before))
		first := w.steps
		require.NoError(t, w.tell(after))
		require.Equal(t, want.sees(), w.visible())
		require.Equal(t, want.relationships(), w.relationships())
		return w.steps - first
	}()
	require.Greater(t, steps, 40)
	for stop := range steps {
		w := newWorldOn(t, db, fmt.Sprint("stopped ", stop))
		require.NoError(t, w.tell(before))
		w.stopAt = w.steps + stop
		violations := w.watch(before, want)
		require.ErrorIs(t, w.tell(after), errStopped, "at step %d", stop)
		require.Empty(t, *violations, "at step %d", stop)
		w.stopAt = 0
		require.NoError(t, w.tell(after))
		require.Empty(t, *violations, "mending after step %d", stop)
		require.Equal(t, want.sees(), w.visible(), "after step %d", stop)
		require.Equal(t, want.relationships(), w.relationships(), "after step %d", stop)
		owned, err := w.state.OwnedBy(t.Context(), w.tenant, "s")
		require.NoError(t, err)
		for _, o := range owned {
			require.False(t, o.Pending, "nothing stays pending after step %d", stop)
		}
	}
}

func drawTold(t *rapid.T) told {
	var out told
	text := rapid.SampledFrom([]string{"a", "b", "c"})
	relation := rapid.SampledFrom([]string{"viewer user:a", "viewer user:b", "viewer user:c", "project project:p", "project project:q", "reader user:x"})
	for _, id := range rapid.SliceOfNDistinct(rapid.IntRange(0, 4), 0, 5, rapid.ID[int]).Draw(t, "documents") {
		out.docs = append(out.docs, doc(fmt.Sprint(id), text.Draw(t, "text"), rapid.SliceOfNDistinct(relation, 0, 3, rapid.ID[string]).Draw(t, "relationships")...))
	}
	user := rapid.SampledFrom([]string{"user:a", "user:b", "user:d"})
	for _, project := range []eyeshot.Object{"project:p", "project:q"} {
		for _, u := range rapid.SliceOfNDistinct(user, 0, 3, rapid.ID[string]).Draw(t, string(project)) {
			out.access = append(out.access, rel(project, "viewer "+u))
		}
	}
	return out
}

// understood takes away what the model does not know: such a document is
// nobody's.
func (t told) understood() told {
	out := told{access: t.access}
	for _, d := range t.docs {
		for _, r := range d.Relationships {
			if r.Relation == "reader" {
				d.Relationships = nil
				break
			}
		}
		out.docs = append(out.docs, d)
	}
	return out
}

// TestAnyHistoryOfChangesAndCrashesLeaksNothing tells a source's story with
// crashes in it. What a broken telling held, the next one holds too, unless it
// has later news, as it is with a source that is read again.
func TestAnyHistoryOfChangesAndCrashesLeaksNothing(t *testing.T) {
	db, histories := openState(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		histories++
		w := newWorldOn(t, db, fmt.Sprint("history ", histories))
		foreign := rel("ticket:s/0", "delegated_read user:a")
		w.tuples[foreign.Key()] = foreign
		states := []told{{}} // the last that is complete, and those on the way
		var open told        // what is still to be told
		for range rapid.IntRange(1, 6).Draw(rt, "tellings") {
			open = open.over(drawTold(rt))
			goal := states[len(states)-1].over(open.understood())
			states = append(states, goal)
			w.stopAt = 0
			if rapid.Bool().Draw(rt, "crashes") {
				w.stopAt = w.steps + rapid.IntRange(1, 30).Draw(rt, "steps")
			}
			violations := w.watch(states...)
			err := w.tell(open)
			if len(*violations) > 0 {
				rt.Fatalf("%v", *violations)
			}
			if errors.Is(err, errStopped) {
				continue
			}
			if err != nil {
				rt.Fatal(err)
			}
			delete(w.tuples, foreign.Key())
			if got, want := w.visible(), goal.sees(); !slices.Equal(got, want) {
				rt.Fatalf("who sees what: %v, told was %v", got, want)
			}
			if got, want := w.relationships(), goal.relationships(); !slices.Equal(got, want) {
				rt.Fatalf("relationships: %v, told were %v", got, want)
			}
			w.tuples[foreign.Key()] = foreign
			states, open = []told{goal}, told{}
		}
	})
}
