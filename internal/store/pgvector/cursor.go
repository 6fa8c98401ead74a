package pgvector

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// list is one ranked list as SQL has it: wider than the access, unordered among
// equal scores.
type list interface {
	// fetch returns the next hits below a score, at least n of them unless the
	// list is at its end, and all of those that share the lowest score. So the
	// next page is all that is below, and no hit comes twice or is left out.
	fetch(ctx context.Context, tx pgx.Tx, below float32, n int) (hits []store.Hit, atEnd bool, err error)
	// scores returns the scores of those chunks of refs that are in the list.
	scores(ctx context.Context, tx pgx.Tx, refs []eyeshot.ChunkRef) ([]store.Hit, error)
}

// widening is a list that can be narrowed to the access itself, where passing
// over what is not allowed takes too long.
type widening interface {
	narrow(ctx context.Context, tx pgx.Tx, access store.Access) (bool, error)
}

// cursor walks one list of a search.
type cursor struct {
	store    *Store
	view     *view
	access   store.Access
	list     list
	page     []store.Hit // allowed, best first, not given yet
	below    float32     // all hits at or above it were fetched
	atLeast  int         // how many the next fetch asks for
	passed   int         // hits that were not allowed
	known    map[eyeshot.ChunkRef]float32
	ended    bool // nothing comes after page
	complete bool // known is the whole list, so that the view is not needed
	closed   bool
}

var _ store.Cursor = (*cursor)(nil)

// A fetch asks for firstFetch hits at first and for twice as many each time:
// walking a whole list costs no more than sorting it. What a list of up to
// maxKnown hits gave is kept, so that its end frees the connection.
const (
	firstFetch = 64
	maxKnown   = 20_000
	maxPassed  = 2000
)

func (s *Store) newCursor(v *view, access store.Access, l list) *cursor {
	if v != nil {
		v.users++ // before anybody else has the view
	}
	return &cursor{store: s, view: v, access: access, list: l, below: math.MaxFloat32, known: map[eyeshot.ChunkRef]float32{}}
}

// Next implements [store.Cursor].
func (c *cursor) Next(ctx context.Context, n int) ([]store.Hit, error) {
	if c.closed {
		return nil, errClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("reading the ranked list: %w", err)
	}
	for len(c.page) < n && !c.ended {
		if err := c.turn(ctx, n-len(c.page)); err != nil {
			return nil, fmt.Errorf("reading the ranked list: %w", c.store.failure(err))
		}
	}
	taken := min(n, len(c.page))
	hits := slices.Clone(c.page[:taken])
	c.page = c.page[taken:]
	return hits, nil
}

// use runs statements of the list; one in memory needs no view.
func (c *cursor) use(do func(pgx.Tx) error) error {
	if c.view == nil {
		return do(nil)
	}
	return c.view.use(do)
}

func (c *cursor) done() {
	if c.view != nil {
		c.view.done()
	}
}

// turn fetches another page.
func (c *cursor) turn(ctx context.Context, n int) error {
	most := max(firstFetch, c.atLeast, 2*n)
	c.atLeast = 2 * most
	err := c.use(func(tx pgx.Tx) error {
		if w, wide := c.list.(widening); wide && c.passed > maxPassed && c.passed > 4*len(c.known) {
			narrowed, err := w.narrow(ctx, tx, c.access)
			if err != nil {
				return err
			}
			if narrowed {
				c.passed = math.MinInt32
			}
		}
		hits, atEnd, err := c.list.fetch(ctx, tx, c.below, most)
		if err != nil {
			return err
		}
		c.take(hits, atEnd)
		return nil
	})
	if err == nil && c.ended && c.known != nil {
		c.complete = true
		c.done()
	}
	return err
}

// take adds what was fetched to the page.
func (c *cursor) take(hits []store.Hit, atEnd bool) {
	sortHits(hits)
	if len(hits) > 0 {
		c.below = hits[len(hits)-1].Score
	}
	allowed := c.cut(hits)
	c.page = append(c.page, allowed...)
	c.passed += len(hits) - len(allowed)
	c.ended = atEnd
	if c.known == nil {
		return
	}
	for _, hit := range allowed {
		c.known[hit.Ref] = hit.Score
	}
	if len(c.known) > maxKnown {
		c.known = nil
	}
}

// cut keeps what the access allows.
//
// SECURITY: whatever SQL returned, nothing else becomes a hit or a score.
func (c *cursor) cut(hits []store.Hit) []store.Hit {
	if c.access.Everything() {
		return hits
	}
	set := c.access.Documents()
	return slices.DeleteFunc(slices.Clone(hits), func(hit store.Hit) bool { return !set.Contains(hit.Ref.Object) })
}

// Scores implements [store.Cursor].
func (c *cursor) Scores(ctx context.Context, refs []eyeshot.ChunkRef) ([]float32, error) {
	if c.closed {
		return nil, errClosed
	}
	scores := make([]float32, len(refs))
	found := c.known
	if !c.complete {
		found = make(map[eyeshot.ChunkRef]float32, len(refs))
		err := c.use(func(tx pgx.Tx) error {
			hits, err := c.list.scores(ctx, tx, refs)
			for _, hit := range c.cut(hits) {
				found[hit.Ref] = hit.Score
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("reading scores: %w", c.store.failure(err))
		}
	}
	for i, ref := range refs {
		scores[i] = max(0, found[ref])
	}
	return scores, nil
}

// Close implements [store.Cursor]. It may be called again.
func (c *cursor) Close() error {
	if !c.closed {
		c.closed = true
		c.page, c.known = nil, nil
		if !c.complete {
			c.done()
		}
	}
	return nil
}

func sortHits(hits []store.Hit) {
	slices.SortFunc(hits, func(a, b store.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Ref.Object, b.Ref.Object), cmp.Compare(a.Ref.N, b.Ref.N))
	})
}
