package embedded

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// errClosed is what a cursor says after Close.
var errClosed = errors.New("the cursor is closed")

// cursor walks the ranked rows of one snapshot. It keeps the score of every row
// that was looked at, 4 bytes each beside the row's number, and sorts no more of
// them than it has to give.
type cursor struct {
	snapshot *snapshot
	rows     []uint32  // by rising number; shared with the other cursor
	scores   []float32 // by position in rows; above 0 for what is listed
	release  func([]float32)

	page    []entry // the next entries, best first
	last    entry   // the last entry that a page ended with
	begun   bool    // last is set
	ended   bool    // no entry comes after page
	atLeast int     // how many entries the next page is made of
	closed  bool
}

var _ store.Cursor = (*cursor)(nil)

// entry is a row of a ranked list.
type entry struct {
	score float32
	row   uint32
}

// firstPage is how many entries are selected at first; each page is twice the
// one before, so that walking the whole list costs no more than sorting it.
const firstPage = 64

// Next implements [store.Cursor].
func (c *cursor) Next(ctx context.Context, n int) ([]store.Hit, error) {
	if c.closed {
		return nil, errClosed
	}
	hits := make([]store.Hit, 0, min(n, len(c.rows)))
	for len(hits) < n {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("reading the ranked list: %w", err)
		}
		if len(c.page) == 0 && !c.turn(n) {
			break
		}
		taken := min(n-len(hits), len(c.page))
		for _, e := range c.page[:taken] {
			hits = append(hits, store.Hit{Ref: c.snapshot.ref(e.row), Score: e.score})
		}
		c.page = c.page[taken:]
	}
	return hits, nil
}

// Scores implements [store.Cursor].
func (c *cursor) Scores(_ context.Context, refs []eyeshot.ChunkRef) ([]float32, error) {
	if c.closed {
		return nil, errClosed
	}
	c.snapshot.columns.mu.RLock()
	defer c.snapshot.columns.mu.RUnlock()
	scores := make([]float32, len(refs))
	for i, ref := range refs {
		row, found := c.snapshot.find(ref)
		if !found {
			continue
		}
		if at, listed := slices.BinarySearch(c.rows, row); listed {
			scores[i] = max(0, c.scores[at])
		}
	}
	return scores, nil
}

// Close implements [store.Cursor]. It may be called again.
func (c *cursor) Close() error {
	if !c.closed {
		c.closed = true
		c.release(c.scores)
		c.scores, c.page, c.snapshot, c.rows = nil, nil, nil, nil
	}
	return nil
}

// turn selects the next page; it reports whether there is one.
func (c *cursor) turn(n int) bool {
	if c.ended {
		return false
	}
	most := max(n, firstPage, c.atLeast)
	c.atLeast = 2 * most
	c.page = c.best(min(most, len(c.rows)))
	c.ended = len(c.page) < most
	if len(c.page) > 0 {
		c.last, c.begun = c.page[len(c.page)-1], true
	}
	return len(c.page) > 0
}

// compare orders entries as the contract says: by falling score, then by rising
// object, then by rising chunk.
func (c *cursor) compare(a, b entry) int {
	switch {
	case a.score > b.score:
		return -1
	case a.score < b.score:
		return 1
	}
	return c.snapshot.compare(a.row, b.row)
}
