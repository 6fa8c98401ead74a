package calibrate

import (
	"context"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// probe is a point that is to be measured.
type probe struct {
	way         store.Way
	allowed     int
	memberships int // that read nothing
}

// probes lists what is measured in a world of so many documents.
func probes(capabilities store.Capabilities, documents int) []probe {
	var all []probe
	for _, way := range capabilities.Ways {
		for _, share := range []float64{0.001, 0.01, 0.05, 0.2, 0.5, 1} {
			allowed := max(1, int(share*float64(documents)))
			if way == store.Exact && capabilities.MaxExact > 0 && allowed > capabilities.MaxExact {
				continue
			}
			all = append(all, probe{way: way, allowed: allowed})
			if way == store.Filtered && capabilities.Readers && share < 0.1 {
				all = append(all, probe{way: way, allowed: allowed, memberships: 500})
			}
		}
	}
	return all
}

// measure grows the world in two steps and measures all probes in each.
func (w *world) measure(ctx context.Context, capabilities store.Capabilities) ([]Point, error) {
	var points []Point
	sizes := []int{w.options.Documents / 4, w.options.Documents}
	total := 2 * len(probes(capabilities, w.options.Documents))
	for epoch, size := range sizes {
		if err := w.grow(ctx, size); err != nil {
			return nil, err
		}
		numbering := &dense{epoch: 1<<62 + uint64(epoch), size: size}
		for _, p := range probes(capabilities, size) {
			w.options.Progress(len(points), total)
			point, err := w.point(ctx, numbering, p)
			if err != nil {
				return nil, err
			}
			points = append(points, point)
		}
	}
	return points, nil
}

// point is the median of some searches, after one that is not counted.
func (w *world) point(ctx context.Context, numbering *dense, p probe) (Point, error) {
	access, memberships := w.access(numbering, p.allowed, p.memberships)
	access = access.By(store.Route{Way: p.way, Memberships: memberships})
	var took []time.Duration
	for i := range w.options.Queries + 1 {
		d, err := w.search(ctx, access)
		if err != nil {
			return Point{}, err
		}
		if i > 0 {
			took = append(took, d)
		}
	}
	slices.Sort(took)
	load := store.Load{Documents: w.documents, Allowed: access.Documents().Len(), Memberships: len(memberships), Wanted: wanted}
	return Point{Way: p.way, Load: load, Median: took[len(took)/2]}, nil
}
