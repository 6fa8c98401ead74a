package algebra

import (
	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/numbering"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
)

// Version is a program over one state of the tuples. It is immutable and safe
// for concurrent use.
type Version struct {
	program *Program
	state   *tuples.State
	// exact says of each node that no condition and no cycle can come into it:
	// its bounds are one set, computed once.
	exact []bool
	loops *loops
}

// NewVersion puts a program and a state together. before, which may be nil, is
// the version that it follows: what still holds of it is taken over.
func NewVersion(program *Program, state *tuples.State, before *Version) *Version {
	v := &Version{program: program, state: state}
	v.findExact()
	v.loops = newLoops(v, before)
	return v
}

// Program returns the compiled model.
func (v *Version) Program() *Program { return v.program }

// State returns the tuples.
func (v *Version) State() *tuples.State { return v.state }

// findExact goes through the components in the order of their dependencies. One
// that depends on itself through a subtraction has a subtraction that loops, and
// so is never exact.
func (v *Version) findExact() {
	v.exact = make([]bool, len(v.program.nodes))
	for _, c := range v.program.sccs {
		exact := true
		for _, n := range c.nodes {
			walk(v.program.nodes[n].expr, func(e expr) {
				exact = exact && v.isExact(e, c)
			})
		}
		for _, n := range c.nodes {
			v.exact[n] = exact
		}
	}
}

// isExact judges one expression without what is below it.
func (v *Version) isExact(e expr, within component) bool {
	switch e := e.(type) {
	case direct:
		return e.condition == "" || v.state.Table(e.slot, e.condition) == nil
	case *join:
		conditional := e.condition != "" && v.state.Table(e.slot, e.condition) != nil
		return !conditional && (v.exact[e.from] || v.isIn(e.from, within))
	case same:
		return v.exact[e.node] || v.isIn(e.node, within)
	case *diff:
		return !e.loops
	}
	return true
}

func (v *Version) isIn(n int, c component) bool {
	return v.program.nodes[n].scc == v.program.nodes[c.nodes[0]].scc
}

// Bounds returns the objects of a type to which a subject has a relation: those
// it has for certain, and those it may have, whatever conditions turn out to
// be. The two may be one bitmap; nobody may change them. A relation that the
// model doesn't have gives two empty sets.
func (v *Version) Bounds(subject eyeshot.Subject, ref Ref) (lower, upper *roaring.Bitmap) {
	e, ok := v.evaluate(subject)
	n, known := v.program.index[ref]
	if !ok || !known {
		return roaring.New(), roaring.New()
	}
	upper = e.node(n, upperSide)
	if v.exact[n] {
		return upper, upper
	}
	return e.node(n, lowerSide), upper
}

// evaluate begins an evaluation for a subject.
func (v *Version) evaluate(s eyeshot.Subject) (*evaluation, bool) {
	subject, ok := tuples.ParseSubject(s)
	if !ok {
		return nil, false
	}
	e := &evaluation{Version: v, subject: subject, self: -1}
	for side := range e.values {
		e.values[side] = make([]*roaring.Bitmap, len(v.program.nodes))
	}
	if subject.Wildcard {
		return e, true
	}
	if subject.Relation != "" {
		return e, v.reflect(e)
	}
	e.ordinal, e.numbered = v.state.Numbering().OrdinalOf(subject.Type, subject.ID)
	return e, true
}

// reflect makes a subject set a member of itself: the members of group:eng are
// members of group:eng, even where no tuple names that group. An object that
// has no ordinal yet gets one, since the answer has to name it.
func (v *Version) reflect(e *evaluation) bool {
	n, ok := v.program.index[Ref{e.subject.Type, e.subject.Relation}]
	if !ok {
		return false
	}
	ordinal, err := v.state.Numbering().Number(e.subject.Type, e.subject.ID, numbering.Container{})
	if err != nil {
		return false
	}
	e.self, e.ordinal = n, ordinal
	return true
}
