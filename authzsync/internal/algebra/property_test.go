package algebra_test

import (
	"fmt"
	"slices"
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

func TestBoundsEnfoldTheTruthForEveryModelAndSubject(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := worlds.Model(t, worlds.Features{Conditions: true, Subtraction: true})
		relationships := worlds.Tuples(t, model, 30)
		v := version(t, model, relationships)
		for _, met := range []bool{false, true} {
			truth := truthOf(model, relationships, met)
			eachPair(model, func(subject eyeshot.Subject, relation string, object eyeshot.Object) {
				lower, upper := contains(v, subject, relation, object)
				allowed := truth.Check(subject, relation, object)
				if lower && !allowed || allowed && !upper {
					t.Fatalf("%s#%s@%s with conditions %v: lower %v, truth %v, upper %v", object, relation, subject, met, lower, allowed, upper)
				}
			})
		}
	})
}

func TestBoundsAreTheTruthWithoutConditionsAndSubtractions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := worlds.Model(t, worlds.Features{})
		relationships := worlds.Tuples(t, model, 30)
		v := version(t, model, relationships)
		truth := truthOf(model, relationships, false)
		eachPair(model, func(subject eyeshot.Subject, relation string, object eyeshot.Object) {
			lower, upper := contains(v, subject, relation, object)
			allowed := truth.Check(subject, relation, object)
			if lower != allowed || upper != allowed {
				t.Fatalf("%s#%s@%s: lower %v, truth %v, upper %v", object, relation, subject, lower, allowed, upper)
			}
		})
	})
}

func TestBoundsAreTheTruthWithSubtractionsWhereTuplesHaveNoCycle(t *testing.T) {
	judged := 0
	rapid.Check(t, func(t *rapid.T) {
		model := worlds.Model(t, worlds.Features{Subtraction: true})
		relationships := worlds.Tuples(t, model, 12)
		v := version(t, model, relationships)
		truth := truthOf(model, relationships, false)
		var wrong []string
		eachPair(model, func(subject eyeshot.Subject, relation string, object eyeshot.Object) {
			lower, upper := contains(v, subject, relation, object)
			allowed := truth.Check(subject, relation, object)
			if lower != allowed || upper != allowed {
				wrong = append(wrong, fmt.Sprintf("%s#%s@%s: lower %v, truth %v, upper %v", object, relation, subject, lower, allowed, upper))
			}
		})
		if truth.GaveUp > 0 {
			return
		}
		judged++
		if len(wrong) > 0 {
			t.Fatal(wrong)
		}
	})
	if judged == 0 {
		t.Error("every world that was drawn had a cycle")
	}
}

func TestWhoReachesADocumentIsInOneOfItsReaders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := worlds.Model(t, worlds.Features{Conditions: true, Subtraction: true})
		v := version(t, model, worlds.Tuples(t, model, 30))
		for _, stops := range []algebra.Stops{{}, {Documents: map[string]bool{worlds.Doc: true}}, {Documents: map[string]bool{worlds.Doc: true, worlds.Folder: true}}} {
			eachPair(model, func(subject eyeshot.Subject, relation string, object eyeshot.Object) {
				if object.Type() != worlds.Doc || subject.Object().Type() == worlds.Doc || stops.Documents[subject.Object().Type()] {
					return
				}
				_, upper := contains(v, subject, relation, object)
				mine, readers := v.Memberships(subject, stops), v.Readers(object, relation, stops)
				if upper && !slices.ContainsFunc(mine, func(s eyeshot.Subject) bool { return slices.Contains(readers, s) }) {
					t.Fatalf("%s#%s@%s: memberships %v, readers %v", object, relation, subject, mine, readers)
				}
			})
		}
	})
}

func version(t *rapid.T, model *authz.Model, relationships []eyeshot.Relationship) *algebra.Version {
	program, err := algebra.Compile(model)
	if err != nil {
		t.Fatal(err)
	}
	n, err := numbering.New()
	if err != nil {
		t.Fatal(err)
	}
	edit := tuples.Empty(n).Edit()
	for _, r := range relationships {
		if _, err := edit.Write(r, numbering.Container{}); err != nil {
			t.Fatal(err)
		}
	}
	return algebra.NewVersion(program, edit.Done(), nil)
}

func truthOf(model *authz.Model, relationships []eyeshot.Relationship, met bool) *oracle.Oracle {
	truth := oracle.New(model)
	truth.Holds = func(eyeshot.Relationship) bool { return met }
	for _, r := range relationships {
		truth.Write(r)
	}
	return truth
}

func eachPair(model *authz.Model, visit func(eyeshot.Subject, string, eyeshot.Object)) {
	for _, subject := range worlds.Subjects(model) {
		for _, typ := range []string{worlds.Group, worlds.Folder, worlds.Doc} {
			for _, relation := range worlds.Refs(model)[typ] {
				for _, object := range worlds.Objects(typ) {
					visit(subject, relation, object)
				}
			}
		}
	}
}

func contains(v *algebra.Version, subject eyeshot.Subject, relation string, object eyeshot.Object) (lower, upper bool) {
	low, up := v.Bounds(subject, algebra.Ref{Type: object.Type(), Relation: relation})
	ordinal, ok := v.State().Numbering().Ordinal(object)
	return ok && low.Contains(ordinal), ok && up.Contains(ordinal)
}
