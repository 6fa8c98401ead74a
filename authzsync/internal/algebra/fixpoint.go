package algebra

import (
	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
)

// fixpoint computes one side of a component whose nodes depend on one another
// (or both, where a subtraction stands on the way).
func (e *evaluation) fixpoint(c *component, s side) {
	if !c.negative {
		e.leastFixpoint(c, s)
		return
	}
	e.alternate(c)
}

// leastFixpoint starts from nothing and evaluates the nodes until none grows.
// Every expression is monotone in the nodes of the component: what a
// subtraction takes away lies outside of it, or is held fixed by alternate.
func (e *evaluation) leastFixpoint(c *component, s side) {
	outer := e.growing
	e.growing = e.joinsWithin(c)
	defer func() { e.growing = outer }()
	for _, n := range c.nodes {
		e.values[s][n] = roaring.New()
	}
	for grew := true; grew; {
		grew = false
		for _, n := range c.nodes {
			value := e.reflexive(n, s)
			grew = grew || value.GetCardinality() > e.values[s][n].GetCardinality()
			e.values[s][n] = value
		}
	}
}

// alternate computes both sides of a component that depends on itself through
// a subtraction, as the alternating fixpoint of the well-founded semantics (van
// Gelder, 1989): an upper bound from the lower one, a better lower bound from
// that, and so on until the lower bound stands. Without cycles among the tuples
// both come out equal; with them, OpenFGA's answer lies between.
func (e *evaluation) alternate(c *component) {
	for _, n := range c.nodes {
		e.values[lowerSide][n] = roaring.New()
	}
	for before, after := -1, 0; after != before; {
		before = after
		e.leastFixpoint(c, upperSide)
		e.leastFixpoint(c, lowerSide)
		after = 0
		for _, n := range c.nodes {
			after += int(e.values[lowerSide][n].GetCardinality())
		}
	}
}

// joinsWithin prepares the joins of a component that join over its own nodes.
func (e *evaluation) joinsWithin(c *component) map[*join]*growth {
	joins := map[*join]*growth{}
	for _, n := range c.nodes {
		walk(e.program.nodes[n].expr, func(x expr) {
			if j, ok := x.(*join); ok && e.program.nodes[j.from].scc == e.program.nodes[n].scc {
				joins[j] = &growth{done: roaring.New(), value: roaring.New()}
			}
		})
	}
	return joins
}

// growth is a join over a value that grows: only what is new is joined
// (semi-naive evaluation). A join stands at one place of one expression, so
// within one fixpoint it is always taken on the same side.
type growth struct{ done, value *roaring.Bitmap }

func (g *growth) grow(table *tuples.Table, from *roaring.Bitmap) *roaring.Bitmap {
	fresh := roaring.AndNot(from, g.done)
	if fresh.IsEmpty() {
		return g.value
	}
	var u tuples.Union
	u.Add(g.value)
	table.Join(fresh, &u)
	g.done, g.value = from, u.Bitmap()
	return g.value
}
