package calibrate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded"
	"github.com/eyeshot-dev/eyeshot/internal/store/reference"
)

func TestACalibrationMeasuresEveryWayAndLeavesNothingBehind(t *testing.T) {
	for name, driver := range drivers(t) {
		service := store.NewService(driver, nil)
		calls := 0
		result, err := Run(t.Context(), service, Options{Documents: 400, Dimension: 8, Queries: 2, Progress: func(int, int) { calls++ }})
		require.NoError(t, err, name)
		require.Equal(t, len(result.Points), calls, name)
		require.Equal(t, service.Capabilities().Name, result.Calibration.Store)
		for _, way := range service.Capabilities().Ways {
			require.Positive(t, result.Calibration.Costs[way].Of(store.Load{Documents: 400, Allowed: 40, Wanted: 10, Memberships: 5}), "%s: %s", name, way)
		}
		stats, err := service.Stats(t.Context(), Tenant)
		require.NoError(t, err)
		require.Zero(t, stats, name)
		require.NoError(t, service.Close())
	}
}

func drivers(t *testing.T) map[string]store.Driver {
	driver, err := embedded.Open(t.Context(), embedded.Config{Dir: t.TempDir()})
	require.NoError(t, err)
	return map[string]store.Driver{"embedded": driver, "reference": reference.New()}
}

func TestWhatAKilledCalibrationLeftIsNamedAndCanBeDropped(t *testing.T) {
	service := store.NewService(reference.New(), nil)
	require.NoError(t, service.Prepare(t.Context(), Tenant, store.EmbeddingModel{Name: "calibration", Dimension: 3}))
	_, err := Run(t.Context(), service, Options{Documents: 40, Dimension: 4, Queries: 1})
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.ErrorContains(t, err, "--drop")
	require.NoError(t, Drop(t.Context(), service))
	_, err = Run(t.Context(), service, Options{Documents: 40, Dimension: 4, Queries: 1})
	require.NoError(t, err)
}

// The fit finds the costs that made the points.
func TestTheFitFindsTheCostsBehindThePoints(t *testing.T) {
	capabilities := store.Capabilities{Ways: []store.Way{store.Exact, store.Filtered, store.Unfiltered}, Readers: true, Approximate: true}
	truth := store.Costs{
		store.Exact:      {Fixed: 50_000, PerAllowed: 300},
		store.Filtered:   {Fixed: 2e6, PerAllowed: 20, PerDocument: 5, PerMembership: 3000, PerVisited: 700},
		store.Unfiltered: {Fixed: 1e6, PerVisited: 9000},
	}
	var points []Point
	for way, cost := range truth {
		for _, documents := range []int{5000, 20_000} {
			for _, p := range probes(capabilities, documents) {
				load := store.Load{Documents: documents, Allowed: p.allowed, Memberships: p.allowed*groups/documents + p.memberships, Wanted: 10}
				if p.way == way {
					points = append(points, Point{Way: way, Load: load, Median: cost.Of(load)})
				}
			}
		}
	}
	fitAll(capabilities, points)
	for _, p := range points {
		require.InEpsilon(t, p.Median, p.Fitted, 0.02, "%+v", p)
	}
	require.Positive(t, fit([]Point{{Way: store.Exact, Median: time.Millisecond}}, capabilities).Fixed)
}

func TestAnAccessHasTheDocumentsThatItsGroupsRead(t *testing.T) {
	w := newWorld(nil, Options{Dimension: 2}.withDefaults())
	w.documents = 4000
	access, memberships := w.access(&dense{epoch: 1, size: 4000}, 400, 3)
	require.Equal(t, 400, access.Documents().Len())
	require.Len(t, memberships, 103)
	require.True(t, access.Documents().Contains(object(99)))
	require.False(t, access.Documents().Contains(object(100)))
	require.True(t, access.Documents().Contains(object(1001)))
}
