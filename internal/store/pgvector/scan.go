package pgvector

import (
	"context"
	"slices"
	"sort"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot/internal/store/embedded/dot"
)

// minScanBytes is the least that a goroutine of its own is worth.
const minScanBytes = 2 << 20

// scan scores rows, side by side where there are many.
func (m *memory) scan(ctx context.Context, kernel dot.Kernel, query []float32, rows []uint32, workers int) ([]float32, error) {
	scores := make([]float32, len(rows))
	parts := max(1, min(workers, 4*len(rows)*m.dimension/minScanBytes))
	group, ctx := errgroup.WithContext(ctx)
	for i := range parts {
		group.Go(func() error {
			from, end := i*len(rows)/parts, (i+1)*len(rows)/parts
			for from < end {
				if err := ctx.Err(); err != nil {
					return err
				}
				block := rows[from] / blockRows
				next := from + sort.Search(end-from, func(i int) bool { return rows[from+i]/blockRows > block })
				kernel(query, m.blocks[block], block*blockRows, rows[from:next], scores[from:next])
				from = next
			}
			return nil
		})
	}
	return scores, group.Wait()
}

// nth returns the n-th best score below a bound and above 0, and 0 where there
// are fewer.
func nth(scores []float32, below float32, n int) float32 {
	heap := make([]float32, 0, n) // the worst on top
	for _, score := range scores {
		if score <= 0 || score >= below || len(heap) == n && score <= heap[0] {
			continue
		}
		if len(heap) < n {
			heap = append(heap, score)
			if len(heap) == n {
				slices.Sort(heap) // a sorted list is a heap
			}
			continue
		}
		heap[0] = score
		sink(heap)
	}
	if len(heap) < n {
		return 0
	}
	return heap[0]
}

func sink(heap []float32) {
	for at := 0; ; {
		least := 2*at + 1
		if least >= len(heap) {
			return
		}
		if right := least + 1; right < len(heap) && heap[right] < heap[least] {
			least = right
		}
		if heap[at] <= heap[least] {
			return
		}
		heap[at], heap[least] = heap[least], heap[at]
		at = least
	}
}
