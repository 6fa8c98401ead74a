package memindex

import (
	"cmp"
	"slices"
)

// builder collects tuples in any order and makes a snapshot of them with full
// tree nodes, which takes less time and memory than adding them one by one.
type builder struct {
	names *names
	parts map[relationOf]*part
}

type part struct {
	table *table
	edges []edge
}

func newBuilder() *builder {
	return &builder{names: newNames(), parts: map[relationOf]*part{}}
}

func (b *builder) add(t Tuple) error {
	e, err := newEdge(b.names, t)
	if err != nil {
		return err
	}
	of := relationOf{objectType(t.Object), t.Relation}
	p := b.parts[of]
	if p == nil {
		p = &part{table: newTable(of, b.names)}
		b.parts[of] = p
	}
	p.table.noteUser(t.User)
	p.edges = append(p.edges, e)
	if t.Condition != nil {
		p.table.conditions.Set(conditionOf{key: e.key, condition: t.Condition})
	}
	return nil
}

func (b *builder) snapshot() *snapshot {
	s := &snapshot{names: b.names, tables: make(map[relationOf]*table, len(b.parts))}
	for of, p := range b.parts {
		s.tables[of] = p.build()
		s.tuples += len(p.edges)
		delete(b.parts, of)
	}
	return s
}

func (p *part) build() *table {
	t := p.table
	slices.SortFunc(p.edges, func(a, b edge) int { return cmp.Compare(a.key, b.key) })
	for _, e := range p.edges {
		t.edges.Load(e)
	}
	slices.SortFunc(p.edges, func(a, b edge) int {
		if c := cmp.Compare(a.user(), b.user()); c != 0 {
			return c
		}
		return cmp.Compare(t.names.text(a.object()), t.names.text(b.object()))
	})
	for _, e := range p.edges {
		t.back.Load(backEdge{user: e.user(), object: e.object()})
	}
	return t
}
