package algebra

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
)

// side is one of the two bounds.
type side int

const (
	lowerSide side = iota // conditions are false
	upperSide             // conditions are true
)

func (s side) other() side { return 1 - s }

// evaluation computes values of nodes for one subject, each at most once. It is
// used by one goroutine.
type evaluation struct {
	*Version
	subject  tuples.Subject
	ordinal  uint32 // of the subject's object
	numbered bool   // the subject is an object that has an ordinal
	self     int    // the node that a subject set names, or -1
	values   [2][]*roaring.Bitmap
	fixed    [2][]*roaring.Bitmap // values of fixed expressions
	growing  map[*join]*growth    // joins of the fixpoint under way
}

// node returns the value of a node; nobody may change it.
func (e *evaluation) node(n int, s side) *roaring.Bitmap {
	if e.exact[n] {
		s = upperSide
	}
	if e.values[s][n] == nil {
		if c := &e.program.sccs[e.program.nodes[n].scc]; c.recursive {
			e.fixpoint(c, s)
		} else {
			e.values[s][n] = e.reflexive(n, s)
		}
	}
	return e.values[s][n]
}

// reflexive is the value of a node's expression and, where the subject is the
// node's own set of an object, that object (reflexivity comes before any
// rewrite, also one that subtracts).
func (e *evaluation) reflexive(n int, s side) *roaring.Bitmap {
	value := e.value(e.program.nodes[n].expr, s)
	if n == e.self && !value.Contains(e.ordinal) {
		value = value.Clone()
		value.Add(e.ordinal)
	}
	return value
}

// value returns the value of an expression; nobody may change it.
func (e *evaluation) value(x expr, s side) *roaring.Bitmap {
	switch x := x.(type) {
	case same:
		return e.node(x.node, s)
	case inter:
		return e.intersection(x.kids, s)
	case *diff:
		return e.difference(x, s)
	case fixed:
		return e.fixedValue(x, s)
	}
	var u tuples.Union
	e.gather(x, s, &u)
	return u.Bitmap()
}

// fixedValue returns the value of a fixed expression, computed once.
func (e *evaluation) fixedValue(x fixed, s side) *roaring.Bitmap {
	if e.fixed[s] == nil {
		e.fixed[s] = make([]*roaring.Bitmap, e.program.fixed)
	}
	if e.fixed[s][x.id] == nil {
		e.fixed[s][x.id] = e.value(x.expr, s)
	}
	return e.fixed[s][x.id]
}

// gather adds the value of an expression to a union. Nested unions become one.
func (e *evaluation) gather(x expr, s side, into *tuples.Union) {
	switch x := x.(type) {
	case direct:
		e.direct(x, s, into)
	case *join:
		e.join(x, s, into)
	case union:
		for _, kid := range x.kids {
			e.gather(kid, s, into)
		}
	default:
		into.Add(e.value(x, s))
	}
}

// direct adds what the subject is written on. A wildcard stands for every
// object of its type and for no subject set; the wildcard itself is matched by
// nothing but itself.
func (e *evaluation) direct(x direct, s side, into *tuples.Union) {
	mine := x.slot.SubjectType == e.subject.Type && e.subject.Relation == ""
	if !mine || x.condition != "" && s == lowerSide {
		return
	}
	switch table := e.state.Table(x.slot, x.condition); {
	case x.slot.Wildcard:
		into.AddSet(table.Set(0))
	case e.numbered:
		into.AddSet(table.Set(e.ordinal))
	}
}

// join adds the objects written on what the other node's value holds.
func (e *evaluation) join(x *join, s side, into *tuples.Union) {
	if x.condition != "" && s == lowerSide {
		return
	}
	table := e.state.Table(x.slot, x.condition)
	if table == nil {
		return
	}
	if g := e.growing[x]; g != nil {
		into.Add(g.grow(table, e.values[s][x.from]))
		return
	}
	table.Join(e.node(x.from, s), into)
}

// intersection takes the smallest operand first, and ends when nothing is left.
func (e *evaluation) intersection(kids []expr, s side) *roaring.Bitmap {
	values := make([]*roaring.Bitmap, 0, len(kids))
	for _, kid := range kids {
		value := e.value(kid, s)
		if value.IsEmpty() {
			return value
		}
		values = append(values, value)
	}
	switch len(values) {
	case 0:
		return roaring.New()
	case 1:
		return values[0]
	}
	slices.SortFunc(values, func(a, b *roaring.Bitmap) int {
		return int(a.GetCardinality()) - int(b.GetCardinality())
	})
	result := roaring.And(values[0], values[1])
	for _, value := range values[2:] {
		result.And(value)
	}
	return result
}

// difference subtracts the other bound: what is surely subtracted narrows the
// upper bound, what may be subtracted narrows the lower one. What rests on a
// cycle of tuples may be subtracted; see [loops].
func (e *evaluation) difference(x *diff, s side) *roaring.Bitmap {
	base := e.value(x.base, s)
	if base.IsEmpty() {
		return base
	}
	result := base
	if sub := e.value(x.sub, s.other()); base.Intersects(sub) {
		result = roaring.AndNot(base, sub)
	}
	if x.loops && s == lowerSide {
		result = roaring.AndNot(result, e.loops.under(x.sub))
	}
	return result
}
