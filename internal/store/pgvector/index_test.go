package pgvector

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// untilIndexed waits for the index to be built in the background.
func (w *world) untilIndexed() {
	w.Helper()
	require.Eventually(w, func() bool {
		indexed := false
		w.transaction(func(_ pgx.Tx, t *tenant) { indexed = t.indexed })
		return indexed
	}, time.Minute, 20*time.Millisecond)
}

func TestATenantGetsItsIndexWhenItHasEnoughChunks(t *testing.T) {
	w := newWorld(t, Config{IndexFrom: 1500}, 1000)
	w.transaction(func(_ pgx.Tx, tenant *tenant) { require.False(t, tenant.indexed) })
	w.fill(1000)
	w.untilIndexed()
}

func TestWhatHNSWFindsIsWhatThereIs(t *testing.T) {
	w := newWorld(t, Config{IndexFrom: 1000}, 5000)
	exact := w.principal(projects, store.Exact)
	var queries [][]float32
	for range 20 {
		queries = append(queries, w.near(w.centres[w.rng.IntN(projects)]))
	}
	var want [][]store.Hit
	for _, query := range queries {
		want = append(want, w.top(exact, query, 10))
	}
	w.untilIndexed()
	for _, access := range []store.Access{store.AccessEverythingForTheGateToDecide(), w.principal(projects, store.Unfiltered), w.principal(projects, store.Filtered)} {
		found := 0
		for i, query := range queries {
			got := w.top(access, query, 10)
			require.Len(t, got, 10)
			for _, hit := range got {
				if slices.Contains(want[i], hit) {
					found++
				}
			}
		}
		require.GreaterOrEqual(t, float64(found)/float64(10*len(queries)), 0.99)
	}
}

func TestAListGoesOnBelowWhatHNSWFoundAndEndsWithAllThereIs(t *testing.T) {
	w := newWorld(t, Config{IndexFrom: 1000, EfSearch: 40}, 3000)
	query := w.near(w.centres[3])
	want := w.top(w.principal(projects, store.Exact), query, 5000)
	w.untilIndexed()
	got := w.top(store.AccessEverythingForTheGateToDecide(), query, 10)
	lists, err := w.Search(t.Context(), acme, store.Query{Vector: query, Access: store.AccessEverythingForTheGateToDecide()})
	require.NoError(t, err)
	defer lists.Close()
	var all []store.Hit
	for {
		hits, err := lists.Semantic.Next(t.Context(), 37)
		require.NoError(t, err)
		all = append(all, hits...)
		if len(hits) < 37 {
			break
		}
	}
	require.Equal(t, got, all[:10])
	require.GreaterOrEqual(t, len(all), len(want)*99/100)
	require.Len(t, slices.Compact(slices.Clone(all)), len(all), "nothing comes twice")
}

// HNSW stops after so many tuples, however few of them passed the filter.
func TestAnIndexThatStopsEarlyIsNoticedAndTheListReadAnotherWay(t *testing.T) {
	w := newWorld(t, Config{IndexFrom: 1000}, 5000)
	w.untilIndexed()
	access, far := w.principal(1, store.Filtered), w.near(w.centres[30])
	w.transaction(func(tx pgx.Tx, tenant *tenant) {
		list := w.semanticList(tx, tenant, access, far)
		require.False(t, list.index, "one project in fifty is read exactly")
		want, _, err := list.fetch(t.Context(), tx, 2, 20)
		require.NoError(t, err)
		list.index, list.ef = true, 10
		hits, whole, err := list.nearest(t.Context(), tx, 20)
		require.NoError(t, err)
		require.False(t, whole)
		require.Less(t, len(hits), 20, "the index alone would have given a short list")
		got, _, err := list.fetch(t.Context(), tx, 2, 20)
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

func TestAnIndexIsUsedWithAsManyCandidatesAsItTakes(t *testing.T) {
	w := newWorld(t, Config{IndexFrom: 1000, EfSearch: 10}, 3000)
	w.untilIndexed()
	w.transaction(func(tx pgx.Tx, tenant *tenant) {
		require.GreaterOrEqual(t, tenant.ef, 10)
		queries, err := tenant.sample(t.Context(), tx)
		require.NoError(t, err)
		require.Len(t, queries, recallQueries)
		recall, err := tenant.recall(t.Context(), tx, queries, maxEf)
		require.NoError(t, err)
		require.GreaterOrEqual(t, recall, recallGoal)
	})
}

func TestAnIndexThatDoesNotFindEnoughIsNotUsed(t *testing.T) {
	w := newWorld(t, Config{IndexFrom: 1000}, 2000)
	w.untilIndexed()
	_, err := w.others.Exec(t.Context(), "UPDATE tenants SET ef = 0")
	require.NoError(t, err)
	w.transaction(func(tx pgx.Tx, tenant *tenant) {
		list := w.semanticList(tx, tenant, store.AccessEverythingForTheGateToDecide(), w.near(w.centres[0]))
		require.False(t, list.index)
	})
}
