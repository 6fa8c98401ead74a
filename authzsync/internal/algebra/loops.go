package algebra

import (
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
)

// loops finds the objects from which, following tuples upwards, one comes to a
// cycle: a group that is in itself, through however many others.
//
// OpenFGA's Check gives up where it meets an object and relation again, and
// calls that "not a member". On the right side of a subtraction it doesn't take
// this for an answer: what loops there is denied, whatever a fixpoint says
// (graph.exclusion; its other strategies answer as the fixpoint does). So the
// lower bound leaves such objects out, and the upper bound keeps them.
//
// It does not depend on the subject, is computed when first asked for, and is
// taken over from version to version while the tables that it rests on last.
type loops struct {
	program *Program
	tables  map[*join]*tuples.Table
	once    sync.Once
	values  []*roaring.Bitmap // by node; nil for those that aren't looping
}

func newLoops(v *Version, before *Version) *loops {
	l := &loops{program: v.program, tables: map[*join]*tuples.Table{}}
	same := before != nil && before.program == v.program
	for _, j := range v.program.looping.joins {
		l.tables[j] = v.state.Table(j.slot, j.condition)
		same = same && before.loops.tables[j] == l.tables[j]
	}
	if same {
		return before.loops
	}
	return l
}

// under returns the objects that loop in an expression on the right side of a
// subtraction.
func (l *loops) under(sub expr) *roaring.Bitmap {
	l.once.Do(l.compute)
	return l.value(sub)
}

func (l *loops) compute() {
	l.values = make([]*roaring.Bitmap, len(l.program.nodes))
	for _, c := range l.program.sccs {
		if !l.program.looping.nodes[c.nodes[0]] {
			continue
		}
		for _, n := range c.nodes {
			l.values[n] = roaring.New()
		}
		if !c.recursive {
			l.values[c.nodes[0]] = l.value(l.program.nodes[c.nodes[0]].expr)
			continue
		}
		l.greatestFixpoint(c)
	}
}

// greatestFixpoint starts from all objects that any tuple within the component
// is written on and drops those with no way on, until all that are left have
// one: they lie on a cycle or lead to one.
func (l *loops) greatestFixpoint(c component) {
	all := map[string]*roaring.Bitmap{}
	for _, n := range c.nodes {
		typ := l.program.nodes[n].ref.Type
		if all[typ] == nil {
			all[typ] = roaring.New()
		}
		all[typ].Or(l.value(l.program.nodes[n].expr))
		walk(l.program.nodes[n].expr, func(x expr) {
			if j, ok := x.(*join); ok {
				all[typ].Or(l.tables[j].Objects())
			}
		})
	}
	for _, n := range c.nodes {
		l.values[n] = all[l.program.nodes[n].ref.Type]
	}
	for shrank := true; shrank; {
		shrank = false
		for _, n := range c.nodes {
			value := l.value(l.program.nodes[n].expr)
			shrank = shrank || value.GetCardinality() < l.values[n].GetCardinality()
			l.values[n] = value
		}
	}
}

func (l *loops) value(x expr) *roaring.Bitmap {
	var u tuples.Union
	l.gather(x, &u)
	return u.Bitmap()
}

// gather adds what loops in an expression: whatever rests on something that does.
func (l *loops) gather(x expr, into *tuples.Union) {
	switch x := x.(type) {
	case *join:
		l.tables[x].Join(l.values[x.from], into)
	case same:
		into.Add(l.values[x.node])
	case union:
		l.gatherAll(x.kids, into)
	case inter:
		l.gatherAll(x.kids, into)
	case *diff:
		l.gatherAll([]expr{x.base, x.sub}, into)
	case fixed:
		l.gather(x.expr, into)
	}
}

func (l *loops) gatherAll(kids []expr, into *tuples.Union) {
	for _, kid := range kids {
		l.gather(kid, into)
	}
}
