package embedded

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// Search implements [store.Searcher]. All scoring is done when it returns: a
// cursor only selects.
func (s *Store) Search(ctx context.Context, tenant string, query store.Query) (store.Lists, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return store.Lists{}, err
	}
	if t == nil {
		return s.lists(query, newSnapshot(newColumns(s.tokenizer, 0), pages{}, 0)), nil
	}
	if query.Vector != nil && len(query.Vector) != t.model.Dimension {
		return store.Lists{}, wrongDimension("vector", len(query.Vector), t.model)
	}
	words := keyword.Parse(s.tokenizer, query.Text)
	state, found, err := s.view(ctx, t, words)
	if err != nil {
		return store.Lists{}, err
	}
	if state == nil {
		return s.lists(query, newSnapshot(newColumns(s.tokenizer, 0), pages{}, 0)), nil
	}
	return s.search(ctx, state, query, words, found)
}

func (s *Store) search(ctx context.Context, state *snapshot, query store.Query, words keyword.Query, found matched) (store.Lists, error) {
	scratch := s.memory.borrowChoice()
	selection := state.choose(query.Access, query.Where, scratch)
	s.memory.returnChoice(scratch)
	lists := s.lists(query, state)
	group, ctx := errgroup.WithContext(ctx)
	if lists.Semantic != nil {
		group.Go(func() error { return s.rankBySimilarity(ctx, lists.Semantic.(*cursor), query.Vector, selection) })
	}
	if lists.Keyword != nil {
		s.rankByKeywords(lists.Keyword.(*cursor), words, found, selection)
	}
	if err := group.Wait(); err != nil {
		return store.Lists{}, fmt.Errorf("scan vectors: %w", err)
	}
	return lists, nil
}

// lists returns an empty cursor for each list that the query asks for.
func (s *Store) lists(query store.Query, state *snapshot) store.Lists {
	var lists store.Lists
	if query.Vector != nil {
		lists.Semantic = s.newCursor(state)
	}
	if query.Text != "" {
		lists.Keyword = s.newCursor(state)
	}
	return lists
}

func (s *Store) newCursor(state *snapshot) *cursor {
	return &cursor{snapshot: state, release: s.memory.returnScores}
}

func (s *Store) rankBySimilarity(ctx context.Context, c *cursor, vector []float32, selection selection) error {
	if isZero(vector) {
		return nil
	}
	c.rows = selection.candidates
	c.scores = s.memory.borrowScores(len(c.rows))
	return scan{s.kernel, c.snapshot, vector, c.rows, c.scores}.run(ctx, s.workers)
}

func isZero(vector []float32) bool {
	for _, x := range vector {
		if x != 0 {
			return false
		}
	}
	return true
}

func (s *Store) rankByKeywords(c *cursor, words keyword.Query, found matched, selection selection) {
	if words.Empty() || len(selection.candidates) == 0 {
		return
	}
	scratch := s.memory.borrowRanks()
	defer s.memory.returnRanks(scratch)
	ranking := newBM25(c.snapshot, selection.allowed, scratch)
	defer ranking.release()
	for _, p := range c.snapshot.postings(words.Terms) {
		ranking.add(p)
	}
	c.rows = selection.candidates
	for _, rows := range found.phrases {
		c.rows = common(c.rows, rows)
	}
	for _, rows := range found.prefixes {
		ranking.add(once(rows))
		c.rows = common(c.rows, rows)
	}
	c.scores = s.memory.borrowScores(len(c.rows))
	ranking.scores(c.rows, c.scores)
}

// postings returns the postings of terms, in their order.
func (s *snapshot) postings(terms []string) []postings {
	s.columns.mu.RLock()
	defer s.columns.mu.RUnlock()
	lists := make([]postings, len(terms))
	for i, term := range terms {
		lists[i] = s.columns.lexicon.of(term, s.rows)
	}
	return lists
}

// once makes postings of rows that each hold a term once.
func once(rows []uint32) postings {
	list := make([]posting, len(rows))
	for i, row := range rows {
		list[i] = newPosting(row, 1)
	}
	return postings{list: list}
}
