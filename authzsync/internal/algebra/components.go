package algebra

// findComponents finds the strongly connected components of the nodes (Tarjan,
// 1972). They come out in the order of their dependencies.
func (p *Program) findComponents() {
	t := tarjan{program: p, order: make([]int, len(p.nodes)), low: make([]int, len(p.nodes)), on: make([]bool, len(p.nodes))}
	for n := range p.nodes {
		if t.order[n] == 0 {
			t.visit(n)
		}
	}
	for i := range p.sccs {
		p.sccs[i].inspect(p, i)
	}
}

type tarjan struct {
	program    *Program
	order, low []int // by node; order is 0 before the visit
	on         []bool
	stack      []int
	count      int
}

func (t *tarjan) visit(n int) {
	t.count++
	t.order[n], t.low[n] = t.count, t.count
	t.stack, t.on[n] = append(t.stack, n), true
	needs(t.program.nodes[n].expr, false, func(m int, _ bool) {
		if t.order[m] == 0 {
			t.visit(m)
			t.low[n] = min(t.low[n], t.low[m])
		} else if t.on[m] {
			t.low[n] = min(t.low[n], t.order[m])
		}
	})
	if t.low[n] == t.order[n] {
		t.close(n)
	}
}

// close takes the component that n roots from the stack.
func (t *tarjan) close(n int) {
	var c component
	for {
		m := t.stack[len(t.stack)-1]
		t.stack, t.on[m] = t.stack[:len(t.stack)-1], false
		t.program.nodes[m].scc = len(t.program.sccs)
		c.nodes = append(c.nodes, m)
		if m == n {
			break
		}
	}
	t.program.sccs = append(t.program.sccs, c)
}

// inspect finds out whether a component depends on itself, and how.
func (c *component) inspect(p *Program, self int) {
	for _, n := range c.nodes {
		needs(p.nodes[n].expr, false, func(m int, negated bool) {
			if p.nodes[m].scc == self {
				c.recursive = true
				c.negative = c.negative || negated
			}
		})
	}
}

// markLoops marks the subtractions whose right side rests on a recursive
// relation, directly or through others.
func (p *Program) markLoops() {
	rests := make([]bool, len(p.sccs))
	for i, c := range p.sccs {
		rests[i] = c.recursive
		for _, n := range c.nodes {
			needs(p.nodes[n].expr, false, func(m int, _ bool) {
				rests[i] = rests[i] || rests[p.nodes[m].scc]
			})
		}
	}
	for _, n := range p.nodes {
		walk(n.expr, func(e expr) {
			if d, ok := e.(*diff); ok {
				needs(d.sub, false, func(m int, _ bool) {
					d.loops = d.loops || rests[p.nodes[m].scc]
				})
				if d.loops {
					p.looping.add(p, d.sub)
				}
			}
		})
	}
}

// add adds an expression and all that it rests on.
func (l *looping) add(p *Program, e expr) {
	walk(e, func(e expr) {
		if j, ok := e.(*join); ok {
			l.joins = append(l.joins, j)
		}
	})
	needs(e, false, func(m int, _ bool) {
		if !l.nodes[m] {
			l.nodes[m] = true
			l.add(p, p.nodes[m].expr)
		}
	})
}
