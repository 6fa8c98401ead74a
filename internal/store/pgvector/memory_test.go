package pgvector

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

const megabyte = 1 << 20

// isRemembered says whether a search by vector goes by the copy in memory.
func (w *world) isRemembered(access store.Access) bool {
	w.Helper()
	lists, err := w.Search(w.Context(), acme, store.Query{Vector: w.centres[0], Access: access})
	require.NoError(w, err)
	defer lists.Close()
	_, remembered := lists.Semantic.(*cursor).list.(*remembered)
	return remembered
}

// sameAsSQL holds what the copy gives to what SQL gives.
func (w *world) sameAsSQL(access store.Access) {
	w.Helper()
	require.True(w, w.isRemembered(access))
	sql := w.principalLike(access, store.Filtered)
	for range 5 {
		query := w.near(w.centres[w.rng.IntN(projects)])
		want, got := w.top(sql, query, 10_000), w.top(access, query, 10_000)
		require.Len(w, got, len(want))
		for i := range want {
			require.InDelta(w, want[i].Score, got[i].Score, 1e-5)
		}
		require.ElementsMatch(w, refs(want), refs(got))
	}
}

// principalLike is the same access on another way.
func (w *world) principalLike(access store.Access, way store.Way) store.Access {
	route := access.Route()
	route.Way = way
	return access.By(route)
}

func refs(hits []store.Hit) []eyeshot.ChunkRef {
	out := make([]eyeshot.ChunkRef, len(hits))
	for i, hit := range hits {
		out[i] = hit.Ref
	}
	return out
}

func TestTheCopyInMemoryFollowsEveryWriteAndEqualsSQL(t *testing.T) {
	w := newWorld(t, Config{Memory: 100 * megabyte}, 500)
	access := w.principal(10, store.Exact)
	w.sameAsSQL(access)
	require.NoError(t, w.Delete(t.Context(), acme, w.objects[:40]))
	w.sameAsSQL(access)
	kept := w.objects
	w.objects = nil
	w.fill(100) // the first hundred again: forty come back, sixty change
	w.objects = kept
	w.sameAsSQL(access)
	w.fill(100)
	w.sameAsSQL(w.principal(10, store.Exact))
}

func TestKeywordsBesideACopyInMemoryAreThoseOfTheAccess(t *testing.T) {
	w := newWorld(t, Config{Memory: 100 * megabyte}, 500)
	require.NoError(t, w.Delete(t.Context(), acme, w.objects[:40]))
	kept := w.objects
	w.objects = nil
	w.fill(20) // twenty come back, by other numbers
	w.objects = kept
	for access, want := range map[*store.Access]int{ptr(w.principal(10, store.Exact)): 100, ptr(store.AccessEverythingForTheGateToDecide()): 480} {
		for _, vector := range [][]float32{w.centres[0], make([]float32, dimension)} {
			lists, err := w.Search(t.Context(), acme, store.Query{Vector: vector, Text: "ticket", Access: *access})
			require.NoError(t, err)
			require.Len(t, w.drain(lists.Keyword), want)
			require.NoError(t, lists.Close())
		}
	}
}

func ptr[T any](value T) *T { return &value }

func TestAListInMemoryStaysAsItWasWhileDocumentsChange(t *testing.T) {
	w := newWorld(t, Config{Memory: 100 * megabyte}, 500)
	access, query := w.principal(projects, store.Exact), w.near(w.centres[0])
	want := w.top(access, query, 10_000)
	lists, err := w.Search(t.Context(), acme, store.Query{Vector: query, Access: access})
	require.NoError(t, err)
	require.NoError(t, w.Delete(t.Context(), acme, w.objects[:100]))
	w.sameAsSQL(access) // the copy has moved on
	require.Equal(t, want, w.drain(lists.Semantic))
	for _, hit := range want {
		scores, err := lists.Semantic.Scores(t.Context(), []eyeshot.ChunkRef{hit.Ref})
		require.NoError(t, err)
		require.Equal(t, hit.Score, scores[0])
	}
	require.NoError(t, lists.Close())
}

func TestASearchNeverUsesACopyOfAnotherVersion(t *testing.T) {
	w := newWorld(t, Config{Memory: 100 * megabyte}, 100)
	access := w.principal(projects, store.Exact)
	require.True(t, w.isRemembered(access))
	elsewhere, err := Open(t.Context(), w.config) // another process
	require.NoError(t, err)
	defer func() { require.NoError(t, elsewhere.Close()) }()
	require.NoError(t, elsewhere.Delete(t.Context(), acme, w.objects[:50]))
	for _, hit := range w.top(access, w.near(w.centres[0]), 1000) {
		require.NotContains(t, w.objects[:50], hit.Ref.Object)
	}
	old, tenant, err := w.open(t.Context(), acme)
	require.NoError(t, err)
	defer old.end()
	require.NoError(t, elsewhere.Delete(t.Context(), acme, w.objects[50:60]))
	require.Len(t, w.top(access, make([]float32, dimension), 1), 0)
	l, err := w.remembered(t.Context(), old, tenant, store.Query{Vector: w.centres[0], Access: access})
	require.NoError(t, err)
	require.Nil(t, l, "the copy is newer than this transaction")
}

func TestManyDocumentsAreLoadedInTheBackgroundAndSearchedInSQLMeanwhile(t *testing.T) {
	w := newWorld(t, Config{Memory: 100 * megabyte}, 3000)
	access := w.principal(projects, store.Exact)
	require.Len(t, w.top(access, w.near(w.centres[0]), 10), 10)
	require.Eventually(t, func() bool { return w.isRemembered(access) }, time.Minute, 20*time.Millisecond)
	w.sameAsSQL(access)
}

func TestWhatDoesNotFitIntoTheBudgetIsSearchedInSQL(t *testing.T) {
	w := newWorld(t, Config{Memory: 1000}, 200)
	access := w.principal(projects, store.Exact)
	require.False(t, w.isRemembered(access))
	require.Len(t, w.top(access, w.near(w.centres[0]), 10), 10)
}

func TestRowSecurityAndReadersAreAskedInSQL(t *testing.T) {
	secured := newWorld(t, Config{Memory: megabyte, RowSecurity: true}, 100)
	require.False(t, secured.isRemembered(secured.principal(projects, store.Exact)))
	w := newWorld(t, Config{Memory: megabyte}, 100)
	require.True(t, w.isRemembered(w.principal(projects, store.Exact)))
	require.False(t, w.isRemembered(w.principal(projects, store.Filtered)))
}

func TestTheNthBestScoreIsThatOfASortedList(t *testing.T) {
	w := &world{TB: t}
	for seed := range 50 {
		scores := make([]float32, 200)
		for i := range scores {
			scores[i] = float32((i*7919+seed*31)%100) - 20
		}
		sorted := slices.DeleteFunc(slices.Clone(scores), func(s float32) bool { return s <= 0 || s >= 70 })
		slices.SortFunc(sorted, func(a, b float32) int { return int(math.Copysign(1, float64(b-a))) })
		for _, n := range []int{1, 2, 10, len(sorted)} {
			require.Equal(w, sorted[n-1], nth(scores, 70, n))
		}
		require.Zero(w, nth(scores, 70, len(sorted)+1))
	}
}
