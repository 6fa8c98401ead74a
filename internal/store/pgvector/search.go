package pgvector

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// Search implements [store.Searcher]. Both lists read one state, in a
// transaction that is open until both are at their end or closed.
func (s *Store) Search(ctx context.Context, name string, query store.Query) (store.Lists, error) {
	view, t, err := s.open(ctx, name)
	for attempt := 1; attempt < attempts && isTransient(err) && ctx.Err() == nil; attempt++ {
		view, t, err = s.open(ctx, name) // the pool finds out by using it that a connection broke
	}
	if err != nil {
		return store.Lists{}, fmt.Errorf("open a search: %w", s.failure(err))
	}
	lists, err := s.lists(ctx, view, t, query)
	if err != nil {
		view.end()
		return store.Lists{}, fmt.Errorf("open a search: %w", s.failure(err))
	}
	return lists, nil
}

// open starts a transaction over one state; the tenant is nil where it was not
// prepared.
func (s *Store) open(ctx context.Context, name string) (*view, *tenant, error) {
	if s.builder.stopped() {
		return nil, nil, errStoreClosed
	}
	conn, err := s.searches.Acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	v := &view{conn: conn}
	s.views.add(v)
	if v.tx, err = conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}); err != nil {
		v.end()
		return nil, nil, err
	}
	t, err := readTenant(ctx, v.tx, name, "")
	if err != nil {
		v.end()
	}
	return v, t, err
}

func (s *Store) lists(ctx context.Context, v *view, t *tenant, query store.Query) (store.Lists, error) {
	var lists store.Lists
	if t == nil || query.Access.Nothing() {
		v.end()
		if query.Vector != nil {
			lists.Semantic = &cursor{ended: true, complete: true}
		}
		if query.Text != "" {
			lists.Keyword = &cursor{ended: true, complete: true}
		}
		return lists, nil
	}
	if query.Vector != nil && len(query.Vector) != t.model.Dimension {
		return lists, wrongDimension("vector", len(query.Vector), t.model)
	}
	if err := s.confine(ctx, v.tx, t, confinementOf(query.Access)); err != nil {
		return lists, err
	}
	remembered, err := s.remembered(ctx, v, t, query)
	if err != nil {
		return lists, err
	}
	var selection selection
	switch {
	case remembered != nil:
		lists.Semantic = s.newCursor(nil, query.Access, remembered)
		selection = remembered.selection(query.Access)
	default:
		if selection, err = s.choose(ctx, v.tx, t, query); err != nil {
			return lists, err
		}
		if query.Vector != nil {
			lists.Semantic = s.newCursor(v, query.Access, newSemantic(s.config, t, selection, query))
		}
	}
	if query.Text != "" {
		lists.Keyword = s.newCursor(v, query.Access, newWording(t, selection, query.Where, keyword.Parse(s.tokenizer, query.Text)))
	}
	v.settle()
	return lists, nil
}

// confinementOf is what row security lets a search see. A search that brings no
// memberships is held to its documents.
func confinementOf(access store.Access) confinement {
	route := access.Route()
	switch {
	case access.Everything():
		return confinement{everything: true}
	case len(route.Memberships) > 0:
		return confinement{memberships: route.Memberships, documents: route.Behind}
	}
	return confinement{documents: members(access.Documents())}
}

// members lists the documents of a set.
func members(set store.DocumentSet) []eyeshot.Object {
	var all []eyeshot.Object
	for typ, bitmap := range set.ByType() {
		if bitmap == nil || set.Numbering() == nil { // without a numbering, ordinals mean nothing
			continue
		}
		for at := bitmap.Iterator(); at.HasNext(); {
			if object, known := set.Numbering().Object(typ, at.Next()); known {
				all = append(all, object)
			}
		}
	}
	return all
}
