package embedded

import (
	"context"
	"sort"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot/internal/store/embedded/dot"
)

// minScanBytes is the least that a goroutine of its own is worth: less is
// scanned sooner than it is handed over.
const minScanBytes = 2 << 20

// scan is an exact scan of rows: all of their similarities to a query, nothing
// approximated and nothing skipped.
type scan struct {
	kernel   dot.Kernel
	snapshot *snapshot
	query    []float32
	rows     []uint32  // by rising number
	scores   []float32 // by position in rows: the result
}

// run computes the scores, side by side where there are many. A score does not
// depend on how the rows are shared out.
func (s scan) run(ctx context.Context, workers int) error {
	parts := min(workers, len(s.rows)*len(s.query)*4/minScanBytes)
	if parts < 2 {
		return s.part(ctx, 0, len(s.rows))
	}
	group, ctx := errgroup.WithContext(ctx)
	for i := range parts {
		group.Go(func() error { return s.part(ctx, i*len(s.rows)/parts, (i+1)*len(s.rows)/parts) })
	}
	return group.Wait()
}

// part scans the rows at positions from to end-1, one block at a time.
func (s scan) part(ctx context.Context, from, end int) error {
	for from < end {
		if err := ctx.Err(); err != nil {
			return err
		}
		block := s.rows[from] / blockRows
		next := from + sort.Search(min(end-from, blockRows), func(i int) bool { return s.rows[from+i]/blockRows > block })
		s.kernel(s.query, s.snapshot.blocks[block], block*blockRows, s.rows[from:next], s.scores[from:next])
		from = next
	}
	return nil
}
