package algebra_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/algebra"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/numbering"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/oracle"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/worlds"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// FuzzModelAndChanges draws a model and lots of writes and deletions from the
// fuzzer's bytes. After each lot the bounds must enfold the truth, and every
// earlier version must still answer as it did.
func FuzzModelAndChanges(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(changing))
}

func TestBoundsStayRightThroughChangesAndVersionsNeverChange(t *testing.T) {
	rapid.Check(t, changing)
}

func changing(t *rapid.T) {
	w := newChangingWorld(t)
	for range rapid.IntRange(1, 4).Draw(t, "lots") {
		w.change(t)
		w.remember()
		if rapid.IntRange(0, 3).Draw(t, "reorder") == 0 {
			w.reorder(t)
		}
		w.compareWithOracle(t)
	}
	w.compareWithMemory(t)
}

type changingWorld struct {
	model  *authz.Model
	truth  *oracle.Oracle
	now    *algebra.Version
	past   []remembered
	sample []question
}

type question struct {
	subject  eyeshot.Subject
	relation string
	object   eyeshot.Object
}

// remembered is a version and what it answered when it was new.
type remembered struct {
	version *algebra.Version
	answers map[question][2]bool
}

func newChangingWorld(t *rapid.T) *changingWorld {
	model := worlds.Model(t, worlds.Features{Conditions: true, Subtraction: true})
	w := &changingWorld{model: model, truth: oracle.New(model), now: version(t, model, nil)}
	var all []question
	eachPair(model, func(s eyeshot.Subject, r string, o eyeshot.Object) { all = append(all, question{s, r, o}) })
	for i := 0; i < len(all); i += 7 {
		w.sample = append(w.sample, all[i])
	}
	return w
}

// change applies a lot of writes and deletions to the version and to the oracle.
func (w *changingWorld) change(t *rapid.T) {
	edit := w.now.State().Edit()
	for range rapid.IntRange(1, 10).Draw(t, "changes") {
		r, ok := worlds.Tuple(t, w.model)
		if !ok {
			continue
		}
		if rapid.IntRange(0, 2).Draw(t, "delete") == 0 {
			if edit.Delete(r.Key()) != w.truth.Has(r.Key()) {
				t.Fatalf("deleting %s: the index and the oracle differ about whether it was there", r)
			}
			w.truth.Delete(r.Key())
			continue
		}
		container := numbering.Container{Type: worlds.Folder, Ordinal: uint32(rapid.IntRange(0, 2).Draw(t, "container"))}
		if _, err := edit.Write(r, container); err != nil {
			t.Fatal(err)
		}
		w.truth.Write(r)
	}
	w.now = algebra.NewVersion(w.now.Program(), edit.Done(), w.now)
	if w.now.State().Len() != len(w.truth.All()) {
		t.Fatalf("the index holds %d relationships, the oracle %d", w.now.State().Len(), len(w.truth.All()))
	}
}

func (w *changingWorld) reorder(t *rapid.T) {
	state, err := w.now.State().Reorder(func(s tuples.Slot) bool { return w.now.Program().Joins(s) })
	if err != nil {
		t.Fatal(err)
	}
	w.now = algebra.NewVersion(w.now.Program(), state, w.now)
}

func (w *changingWorld) compareWithOracle(t *rapid.T) {
	for _, met := range []bool{false, true} {
		w.truth.Holds = func(eyeshot.Relationship) bool { return met }
		for _, q := range w.sample {
			lower, upper := contains(w.now, q.subject, q.relation, q.object)
			allowed := w.truth.Check(q.subject, q.relation, q.object)
			if lower && !allowed || allowed && !upper {
				t.Fatalf("%s#%s@%s with conditions %v: lower %v, truth %v, upper %v", q.object, q.relation, q.subject, met, lower, allowed, upper)
			}
		}
	}
}

func (w *changingWorld) remember() {
	r := remembered{version: w.now, answers: map[question][2]bool{}}
	for _, q := range w.sample {
		lower, upper := contains(w.now, q.subject, q.relation, q.object)
		r.answers[q] = [2]bool{lower, upper}
	}
	w.past = append(w.past, r)
}

func (w *changingWorld) compareWithMemory(t *rapid.T) {
	for _, r := range w.past {
		for q, answer := range r.answers {
			lower, upper := contains(r.version, q.subject, q.relation, q.object)
			if answer != [2]bool{lower, upper} {
				t.Fatalf("%s#%s@%s: a version answered %v, and now [%v %v]", q.object, q.relation, q.subject, answer, lower, upper)
			}
		}
	}
}
