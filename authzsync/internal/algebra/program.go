// Package algebra evaluates an authorization model over sets. A model is
// compiled once into a graph of nodes, one for each relation of each type; for
// a subject, a node's value is the set of all objects of its type to which the
// subject has its relation:
//
//	this                 objects that the subject, or its wildcard, is written on,
//	                     and, for each restriction group#member, the objects
//	                     written on a group of which the subject is a member (join)
//	computed             the other node's value
//	computed from tupleset  the objects written, on tupleset, with an object in the
//	                     other node's value (join)
//	or, and, but not     ∪, ∩, ∖
//
// Relations that reach themselves (groups in groups, folders in folders) are
// least fixpoints of these equations. Conditions are not evaluated: every value
// has a lower bound, where conditions are false, and an upper bound, where they
// are true, and a subtraction crosses over from one to the other.
package algebra

import (
	"maps"
	"slices"

	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Ref names a relation of a type.
type Ref struct{ Type, Relation string }

// Program is a compiled model. It is immutable.
type Program struct {
	model   *authz.Model
	nodes   []node
	index   map[Ref]int
	sccs    []component
	looping looping
	joined  map[tuples.Slot]bool
	fixed   int // the number of fixed expressions
}

// looping is what lies under subtractions that may loop (see [loops]): the
// nodes that their right sides rest on, and all joins there.
type looping struct {
	nodes map[int]bool
	joins []*join
}

// node is one relation: its expression, and the component that it is in.
type node struct {
	ref  Ref
	expr expr
	scc  int
}

// component is a strongly connected component of the nodes: relations that
// depend on one another. They stand in the order of their dependencies, so a
// component depends on earlier ones only.
type component struct {
	nodes     []int
	recursive bool // a member depends on itself
	negative  bool // and does so through a subtraction
}

// expr is an expression over nodes and tables.
type expr interface{ isExpr() }

type (
	// direct is the set of the subject itself, or of its wildcard.
	direct struct {
		slot      tuples.Slot
		condition string
	}
	// join is the union of the sets of all subjects in the value of from.
	join struct {
		slot      tuples.Slot
		condition string
		from      int
	}
	// same is the value of another node of the type.
	same  struct{ node int }
	union struct{ kids []expr }
	inter struct{ kids []expr }
	diff  struct {
		base, sub expr
		// loops says that sub depends on a recursive relation, so that its
		// value may rest on a cycle of tuples; see [loops].
		loops bool
	}
	// fixed is a part of a recursive relation that does not itself recur: its
	// value is computed once, not in every round of the fixpoint.
	fixed struct {
		expr expr
		id   int
	}
)

func (direct) isExpr() {}
func (*join) isExpr()  {}
func (same) isExpr()   {}
func (union) isExpr()  {}
func (inter) isExpr()  {}
func (*diff) isExpr()  {}
func (fixed) isExpr()  {}

// ModelID returns the id of the model that was compiled.
func (p *Program) ModelID() string { return p.model.ID }

// Types returns the types of the model, sorted.
func (p *Program) Types() []string { return slices.Sorted(maps.Keys(p.model.Types)) }

// Joins reports whether objects hang on the subjects of a slot: whether some
// relation follows its tuples on to what is written on those subjects.
func (p *Program) Joins(slot tuples.Slot) bool { return p.joined[slot] }

// walk visits an expression and all below it.
func walk(e expr, visit func(expr)) {
	visit(e)
	switch e := e.(type) {
	case union:
		for _, kid := range e.kids {
			walk(kid, visit)
		}
	case inter:
		for _, kid := range e.kids {
			walk(kid, visit)
		}
	case *diff:
		walk(e.base, visit)
		walk(e.sub, visit)
	case fixed:
		walk(e.expr, visit)
	}
}

// needs calls visit for each node that an expression depends on; negated says
// that the way there leads through the right side of a subtraction.
func needs(e expr, negated bool, visit func(node int, negated bool)) {
	switch e := e.(type) {
	case *join:
		visit(e.from, negated)
	case same:
		visit(e.node, negated)
	case union:
		for _, kid := range e.kids {
			needs(kid, negated, visit)
		}
	case inter:
		for _, kid := range e.kids {
			needs(kid, negated, visit)
		}
	case *diff:
		needs(e.base, negated, visit)
		needs(e.sub, true, visit)
	case fixed:
		needs(e.expr, negated, visit)
	}
}
