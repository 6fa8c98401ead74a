// Package audience estimates how many people a set of relationships opens an
// object to. It is for comparing: what a source is about to publish with what
// it published before and with what lies beside it.
//
// An audience is never a decision about access. Conditions count as true and
// relationships that are not recorded count as absent; OpenFGA alone decides.
package audience

import (
	"context"
	"fmt"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Source returns the relationships on an object, as far as they are known.
type Source func(ctx context.Context, object eyeshot.Object) ([]eyeshot.Relationship, error)

// People is who reaches an object. The zero People is nobody.
type People struct {
	Everyone bool
	// Tenant: all members of the tenant, whom no source has to name.
	Tenant bool
	named  *roaring.Bitmap
}

// Count returns the number of people who are named, or -1 for everyone.
func (p People) Count() int {
	switch {
	case p.Everyone:
		return -1
	case p.named == nil:
		return 0
	}
	return int(p.named.GetCardinality())
}

// Evaluator computes audiences over one state of the relationships. It
// remembers those of groups and projects, so a new state takes a new Evaluator.
// It is used by one goroutine at a time.
type Evaluator struct {
	model  *authz.Model
	source Source
	keep   func(typ string) bool
	names  *Names
	known  map[node]People
	open   map[node]bool
	cuts   *int // how often a circle was cut short
}

// Names numbers people. Evaluators that share it can be compared, and a name is
// in memory once.
type Names struct{ ids map[eyeshot.Subject]uint32 }

// NewNames makes an empty numbering.
func NewNames() *Names { return &Names{ids: map[eyeshot.Subject]uint32{}} }

func (n *Names) id(s eyeshot.Subject) uint32 {
	id, ok := n.ids[s]
	if !ok {
		id = uint32(len(n.ids))
		n.ids[s] = id
	}
	return id
}

type node struct {
	object   eyeshot.Object
	relation string
}

// New makes an Evaluator. What keep says true of, by type, is evaluated once
// and remembered.
func New(model *authz.Model, names *Names, source Source, keep func(typ string) bool) *Evaluator {
	return &Evaluator{model: model, source: source, keep: keep, names: names, known: map[node]People{}, open: map[node]bool{}, cuts: new(int)}
}

// With returns an Evaluator for which one object has other relationships. It
// shares what is remembered, so the object must be of a type that is not kept.
func (e *Evaluator) With(object eyeshot.Object, relationships []eyeshot.Relationship) *Evaluator {
	out := *e
	out.source = func(ctx context.Context, o eyeshot.Object) ([]eyeshot.Relationship, error) {
		if o == object {
			return relationships, nil
		}
		return e.source(ctx, o)
	}
	return &out
}

// Of returns who has a relation to an object.
func (e *Evaluator) Of(ctx context.Context, object eyeshot.Object, relation string) (People, error) {
	at := node{object, relation}
	if people, ok := e.known[at]; ok {
		return people, nil
	}
	if e.open[at] { // a group in itself adds nobody
		*e.cuts++
		return People{}, nil
	}
	rel, err := e.model.Relation(object.Type(), relation)
	if err != nil {
		return People{}, nil // the model gives nobody such a relation
	}
	e.open[at] = true
	cuts := *e.cuts
	defer delete(e.open, at)
	on, err := e.source(ctx, object)
	if err != nil {
		return People{}, fmt.Errorf("relationships of %s: %w", object, err)
	}
	people, err := e.eval(ctx, object, rel.Name, rel.Rewrite, on)
	if err == nil && e.keep(object.Type()) && cuts == *e.cuts {
		e.known[at] = people // only what no circle has cut short
	}
	return people, err
}

// OfAny returns who has any relation to an object, but those that the prefixes
// name.
func (e *Evaluator) OfAny(ctx context.Context, object eyeshot.Object, but ...string) (People, error) {
	var all People
	typ := e.model.Types[object.Type()]
	if typ == nil {
		return all, nil
	}
	for name := range typ.Relations {
		if hasPrefix(name, but) {
			continue
		}
		people, err := e.Of(ctx, object, name)
		if err != nil {
			return People{}, err
		}
		all = union(all, people)
	}
	return all, nil
}

func hasPrefix(name string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
