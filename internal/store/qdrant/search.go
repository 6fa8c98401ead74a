package qdrant

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// errCursorClosed is what a cursor says after Close.
var errCursorClosed = errors.New("the cursor is closed")

// Search implements [store.Searcher]. Both lists look at one state of the index,
// which is kept until both are closed.
func (s *Store) Search(ctx context.Context, tenant string, query store.Query) (store.Lists, error) {
	if err := ctx.Err(); err != nil {
		return store.Lists{}, err
	}
	v, found, done, err := s.view(tenant)
	if err != nil {
		return store.Lists{}, err
	}
	if found && query.Vector != nil && len(query.Vector) != v.model.Dimension {
		done()
		return store.Lists{}, wrongDimension("vector", len(query.Vector), v.model)
	}
	search, words := s.newSearch(v, found, query), s.newSearch(v, found, query)
	words.scope = words.scope.narrowed(words.limits)
	held := holdFor(done, query)
	lists, semantic, keywords := store.Lists{}, (*semanticList)(nil), (*keywordList)(nil)
	if query.Vector != nil {
		semantic = &semanticList{search: search, vector: query.Vector}
		lists.Semantic = &cursor{source: semantic, release: held.release}
	}
	if query.Text != "" {
		keywords = &keywordList{search: words, query: keyword.Parse(s.tokenizer, query.Text)}
		lists.Keyword = &cursor{source: keywords, release: held.release}
	}
	if err := first(ctx, semantic, keywords); err != nil {
		return store.Lists{}, errors.Join(err, lists.Close())
	}
	return lists, nil
}

// first fetches the beginnings of both lists side by side.
func first(ctx context.Context, semantic *semanticList, keywords *keywordList) error {
	group, ctx := errgroup.WithContext(ctx)
	if semantic != nil {
		group.Go(func() error { return semantic.fill(ctx, firstPage) })
	}
	if keywords != nil {
		group.Go(func() error { return keywords.fill(ctx, firstPage) })
	}
	return group.Wait()
}

// search is what a list knows of its query.
type search struct {
	store  *Store
	view   view
	limits limits
	scope  scope
	where  where

	mu      sync.Mutex
	matches map[eyeshot.Object]bool // what is known of where.rest
}

func (s *Store) newSearch(v view, found bool, query store.Query) *search {
	q := &search{store: s, view: v, scope: scope{none: true}, matches: map[eyeshot.Object]bool{}}
	if found {
		q.limits, _ = s.limitsOf(v.collection)
		q.scope = scopeOf(q.limits, query.Access)
		q.where = whereOf(q.limits, query.Where)
	}
	return q
}

// held gives a view back when the last of its lists is closed.
type held struct {
	mu   sync.Mutex
	open int
	done func()
}

func holdFor(done func(), query store.Query) *held {
	h := &held{done: done}
	if query.Vector != nil {
		h.open++
	}
	if query.Text != "" {
		h.open++
	}
	return h
}

func (h *held) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open--; h.open == 0 {
		h.done()
	}
}

// source is a ranked list that is fetched as it is read.
type source interface {
	// fill makes at least n hits ready, or all that there are.
	fill(ctx context.Context, n int) error
	// ready are the next hits of the list, as far as their order is certain.
	ready() *[]store.Hit
	scores(ctx context.Context, refs []eyeshot.ChunkRef) (map[eyeshot.ChunkRef]float32, error)
}

// firstPage is how many hits a search fetches at first; each fetch that follows
// asks for twice as many as the one before, for Qdrant has no cursors: it starts
// over each time.
const firstPage = 64

// cursor reads a source.
type cursor struct {
	source  source
	release func()
	closed  bool
}

var _ store.Cursor = (*cursor)(nil)

// Next implements [store.Cursor].
func (c *cursor) Next(ctx context.Context, n int) ([]store.Hit, error) {
	if c.closed {
		return nil, errCursorClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := c.source.fill(ctx, n); err != nil {
		return nil, err
	}
	ready := c.source.ready()
	taken := min(n, len(*ready))
	hits := (*ready)[:taken:taken]
	*ready = (*ready)[taken:]
	return hits, nil
}

// Scores implements [store.Cursor].
func (c *cursor) Scores(ctx context.Context, refs []eyeshot.ChunkRef) ([]float32, error) {
	if c.closed {
		return nil, errCursorClosed
	}
	known, err := c.source.scores(ctx, refs)
	if err != nil {
		return nil, err
	}
	scores := make([]float32, len(refs))
	for i, ref := range refs {
		scores[i] = known[ref]
	}
	return scores, nil
}

// Close implements [store.Cursor]. It may be called again.
func (c *cursor) Close() error {
	if !c.closed {
		c.closed = true
		c.release()
	}
	return nil
}

// compareHits orders hits as the contract says.
func compareHits(a, b store.Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Ref.Object, b.Ref.Object), cmp.Compare(a.Ref.N, b.Ref.N))
}
