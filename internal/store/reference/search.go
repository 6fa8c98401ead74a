package reference

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// Search implements [store.Searcher].
func (s *Store) Search(ctx context.Context, name string, query store.Query) (store.Lists, error) {
	if err := ctx.Err(); err != nil {
		return store.Lists{}, err
	}
	t, done := s.read(name)
	defer done()
	if query.Vector != nil && t.documents != nil && len(query.Vector) != t.model.Dimension {
		return store.Lists{}, eyeshot.Invalid("vector", fmt.Sprint(len(query.Vector)), fmt.Sprintf("must have %d dimensions", t.model.Dimension))
	}
	var allowed []store.Record
	for _, record := range t.documents {
		if query.Access.Everything() || query.Access.Documents().Contains(record.Object) && onRoute(query.Access.Route(), record) {
			allowed = append(allowed, record)
		}
	}
	var lists store.Lists
	if query.Vector != nil {
		lists.Semantic = newCursor(allowed, query.Where, func(chunk document) float64 { return dot(query.Vector, chunk.Vector) })
	}
	if query.Text != "" {
		lists.Keyword = newCursor(allowed, query.Where, s.bm25(allowed, keyword.Parse(s.tokenizer, query.Text)))
	}
	return lists, nil
}

// onRoute says whether a search on the route comes by the record: [store.Filtered]
// goes by the readers that the store has.
func onRoute(route store.Route, record store.Record) bool {
	return route.Way != store.Filtered || slices.Contains(route.Behind, record.Object) ||
		slices.ContainsFunc(record.Readers, func(reader eyeshot.Subject) bool { return slices.Contains(route.Memberships, reader) })
}

// document is a chunk with the record that it belongs to.
type document struct {
	eyeshot.Chunk
	record store.Record
}

func dot(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// bm25 returns the function that scores a chunk by keywords, with the
// statistics of the records that are allowed.
func (s *Store) bm25(allowed []store.Record, query keyword.Query) func(document) float64 {
	statistics, holding := keyword.Statistics{}, map[string]int{} // how many chunks hold a term
	for _, record := range allowed {
		for _, chunk := range record.Chunks {
			bag := s.bag(document{chunk, record})
			statistics.Chunks++
			statistics.Tokens += int64(bag.length)
			for _, term := range query.Terms {
				holding["word "+term] += min(1, int(bag.times[term]))
			}
			for _, prefix := range query.Prefixes {
				holding["prefix "+prefix] += bag.begins(prefix)
			}
		}
	}
	scorer := statistics.Scorer()
	return func(chunk document) float64 {
		bag, sum := s.bag(chunk), 0.0
		if !bag.fits(query) {
			return 0
		}
		for _, term := range query.Terms {
			if times := bag.times[term]; times > 0 {
				sum += scorer.Score(scorer.IDF(holding["word "+term]), times, bag.length)
			}
		}
		for _, prefix := range query.Prefixes {
			sum += scorer.Score(scorer.IDF(holding["prefix "+prefix]), 1, bag.length)
		}
		return sum
	}
}

// cursor is a ranked list, sorted once and for all.
type cursor struct {
	hits   []store.Hit
	at     int
	closed bool
}

func newCursor(allowed []store.Record, where store.Expr, score func(document) float64) *cursor {
	c := &cursor{}
	for _, record := range allowed {
		if !store.Match(where, record.Value) {
			continue
		}
		for _, chunk := range record.Chunks {
			if score := float32(score(document{chunk, record})); score > 0 {
				c.hits = append(c.hits, store.Hit{Ref: chunk.ChunkRef, Score: score})
			}
		}
	}
	slices.SortFunc(c.hits, func(a, b store.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Ref.Object, b.Ref.Object), cmp.Compare(a.Ref.N, b.Ref.N))
	})
	return c
}

var errClosed = errors.New("the cursor is closed")

// Next implements [store.Cursor].
func (c *cursor) Next(ctx context.Context, n int) ([]store.Hit, error) {
	if c.closed {
		return nil, errClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	from := c.at
	c.at = min(from+n, len(c.hits))
	return slices.Clone(c.hits[from:c.at]), nil
}

// Scores implements [store.Cursor].
func (c *cursor) Scores(_ context.Context, refs []eyeshot.ChunkRef) ([]float32, error) {
	if c.closed {
		return nil, errClosed
	}
	scores := make([]float32, len(refs))
	for i, ref := range refs {
		for _, hit := range c.hits {
			if hit.Ref == ref {
				scores[i] = hit.Score
			}
		}
	}
	return scores, nil
}

// Close implements [store.Cursor].
func (c *cursor) Close() error {
	c.closed = true
	return nil
}
