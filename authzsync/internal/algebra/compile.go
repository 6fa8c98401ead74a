package algebra

import (
	"fmt"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Compile turns a model into a program. It fails with [eyeshot.ErrInvalid] on a
// rewrite that it doesn't know and on a relation that is not defined; OpenFGA
// accepts no such model.
func Compile(model *authz.Model) (*Program, error) {
	p := &Program{model: model, index: map[Ref]int{}, joined: map[tuples.Slot]bool{}}
	p.looping.nodes = map[int]bool{}
	for _, ref := range refs(model) {
		p.index[ref] = len(p.nodes)
		p.nodes = append(p.nodes, node{ref: ref})
	}
	for i := range p.nodes {
		c := compiler{program: p, ref: p.nodes[i].ref}
		relation := model.Types[c.ref.Type].Relations[c.ref.Relation]
		p.nodes[i].expr = c.rewrite(relation.Rewrite)
		if c.err != nil {
			return nil, fmt.Errorf("compile %s#%s of model %s: %w", c.ref.Type, c.ref.Relation, model.ID, c.err)
		}
	}
	p.findComponents()
	p.fixConstants()
	p.markLoops()
	return p, nil
}

// refs lists all relations in a fixed order.
func refs(model *authz.Model) []Ref {
	var all []Ref
	for name, typ := range model.Types {
		for relation := range typ.Relations {
			all = append(all, Ref{name, relation})
		}
	}
	slices.SortFunc(all, func(a, b Ref) int {
		return slices.Compare([]string{a.Type, a.Relation}, []string{b.Type, b.Relation})
	})
	return all
}

// compiler compiles the rewrite of one relation; the first error sticks.
type compiler struct {
	program *Program
	ref     Ref
	err     error
}

func (c *compiler) rewrite(r authz.Rewrite) expr {
	switch r := r.(type) {
	case authz.This:
		return c.this()
	case authz.Computed:
		return c.computed(r.Relation)
	case authz.TupleToUserset:
		return c.tupleToUserset(r)
	case authz.Union:
		return union{c.all(r.Children)}
	case authz.Intersection:
		return inter{c.all(r.Children)}
	case authz.Difference:
		return &diff{base: c.rewrite(r.Base), sub: c.rewrite(r.Subtract)}
	}
	c.fail("rewrite", fmt.Sprintf("%T", r), "is not a rewrite of OpenFGA's schema 1.1 or 1.2")
	return union{}
}

func (c *compiler) all(rewrites []authz.Rewrite) []expr {
	kids := make([]expr, len(rewrites))
	for i, r := range rewrites {
		kids[i] = c.rewrite(r)
	}
	return kids
}

// this is one table for each type restriction. Whatever else is stored on the
// relation stands in tables that no restriction names, so tuples that the model
// doesn't allow, or allows only under another condition, count for nothing, as
// in OpenFGA (tuple validation on read).
func (c *compiler) this() expr {
	relation := c.program.model.Types[c.ref.Type].Relations[c.ref.Relation]
	var kids []expr
	for _, r := range distinct(relation.Direct) {
		slot := slotOf(c.ref, r)
		if r.Relation == "" {
			kids = append(kids, direct{slot: slot, condition: r.Condition})
			continue
		}
		if from, ok := c.node(Ref{r.Type, r.Relation}); ok {
			kids = append(kids, c.join(slot, r.Condition, from))
		}
	}
	return union{kids}
}

func (c *compiler) computed(relation string) expr {
	n, ok := c.node(Ref{c.ref.Type, relation})
	if !ok {
		return union{}
	}
	return same{node: n}
}

// tupleToUserset is one join for each type that may stand on the tupleset and
// has the computed relation; a type without it contributes nothing. Wildcards
// and subject sets on a tupleset count for nothing.
func (c *compiler) tupleToUserset(r authz.TupleToUserset) expr {
	tupleset := c.program.model.Types[c.ref.Type].Relations[r.Tupleset]
	if tupleset == nil {
		c.fail("relation", r.Tupleset, "is not defined, but a tupleset names it")
		return union{}
	}
	var kids []expr
	for _, restriction := range distinct(tupleset.Direct) {
		from, ok := c.program.index[Ref{restriction.Type, r.Computed}]
		if !ok || restriction.Wildcard || restriction.Relation != "" {
			continue
		}
		slot := slotOf(Ref{c.ref.Type, r.Tupleset}, restriction)
		kids = append(kids, c.join(slot, restriction.Condition, from))
	}
	return union{kids}
}

func (c *compiler) join(slot tuples.Slot, condition string, from int) *join {
	c.program.joined[slot] = true
	return &join{slot: slot, condition: condition, from: from}
}

func (c *compiler) node(ref Ref) (int, bool) {
	n, ok := c.program.index[ref]
	if !ok {
		c.fail("relation", ref.Type+"#"+ref.Relation, "is not defined, but the model uses it")
	}
	return n, ok
}

func (c *compiler) fail(field, value, reason string) {
	if c.err == nil {
		c.err = eyeshot.Invalid(field, value, reason)
	}
}

func slotOf(on Ref, r authz.Restriction) tuples.Slot {
	return tuples.Slot{
		Type: on.Type, Relation: on.Relation,
		SubjectType: r.Type, SubjectRelation: r.Relation, Wildcard: r.Wildcard,
	}
}

func distinct(restrictions []authz.Restriction) []authz.Restriction {
	var kept []authz.Restriction
	for _, r := range restrictions {
		if !slices.Contains(kept, r) {
			kept = append(kept, r)
		}
	}
	return kept
}
