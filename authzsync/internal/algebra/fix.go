package algebra

// fixConstants marks, in every recursive relation, the largest parts that do
// not depend on its own component.
func (p *Program) fixConstants() {
	for i := range p.nodes {
		if p.sccs[p.nodes[i].scc].recursive {
			p.nodes[i].expr = p.fix(p.nodes[i].expr, p.nodes[i].scc)
		}
	}
}

func (p *Program) fix(e expr, scc int) expr {
	if !p.recurs(e, scc) {
		p.fixed++
		return fixed{expr: e, id: p.fixed - 1}
	}
	switch e := e.(type) {
	case union:
		return union{p.fixKids(e.kids, scc)}
	case inter:
		kids := make([]expr, len(e.kids))
		for i, kid := range e.kids {
			kids[i] = p.fix(kid, scc)
		}
		return inter{kids}
	case *diff:
		return &diff{base: p.fix(e.base, scc), sub: p.fix(e.sub, scc), loops: e.loops}
	}
	return e
}

// fixKids makes one part of all kids of a union that don't recur.
func (p *Program) fixKids(kids []expr, scc int) []expr {
	var constant, others []expr
	for _, kid := range kids {
		if p.recurs(kid, scc) {
			others = append(others, p.fix(kid, scc))
		} else {
			constant = append(constant, kid)
		}
	}
	if len(constant) > 0 {
		others = append(others, p.fix(union{constant}, scc))
	}
	return others
}

func (p *Program) recurs(e expr, scc int) bool {
	recurs := false
	needs(e, false, func(m int, _ bool) { recurs = recurs || p.nodes[m].scc == scc })
	return recurs
}
