package qdrant_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant/fakeqdrant"
	"github.com/eyeshot-dev/eyeshot/internal/store/reference"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
)

// wordyWorld is so large that common words are ranked by Qdrant, and not in the
// driver: documents in which low words are common and high ones rare, of very
// different length.
func wordyWorld(t *testing.T, stores ...*store.Service) (mine store.Access, memberships []eyeshot.Subject) {
	t.Helper()
	records, allowed := wordyRecords()
	for _, s := range stores {
		for lot := range slices.Chunk(records, 1000) {
			require.NoError(t, s.Upsert(t.Context(), acme, lot))
		}
	}
	return storetest.NewNumbering().Access(allowed...), []eyeshot.Subject{"group:most#member"}
}

func wordyRecords() (records []store.Record, allowed []eyeshot.Object) {
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 3_000 {
		r := record(numbered(i), words(rng, 3+rng.IntN(120)))
		r.Title = words(rng, 2)
		r.Metadata = map[string]any{"n": float64(i % 7), "s": string(rune('a' + i%3))}
		r.Chunks[0].Vector = axis(i % 4)
		if i%5 != 0 {
			r.Readers, allowed = []eyeshot.Subject{"group:most#member"}, append(allowed, r.Object)
		}
		records = append(records, r)
	}
	return records, allowed
}

// TestALongKeywordListIsTheReferences compares lists that Qdrant ranks with the
// reference's, hit by hit and score by score, on every way, under filters, with
// phrases and prefixes.
func TestALongKeywordListIsTheReferences(t *testing.T) {
	config, _ := place(t, fakeqdrant.Options{})
	real, oracle := open(t, config), store.NewService(reference.New(), nil)
	require.NoError(t, oracle.Prepare(t.Context(), acme, model()))
	access, memberships := wordyWorld(t, real, oracle)
	for _, query := range some([]store.Query{
		{Text: "w0"}, {Text: "w1 w30 w39"}, {Text: `"w1 w2" w3`}, {Text: "w2* w5"}, {Text: "w0 w1", Where: store.Compare{Key: "n", Op: store.Gte, Value: 5.0}},
		{Text: "w0 w1", Where: store.Compare{Key: "s", Op: store.Gt, Value: "a"}},
	}) {
		for _, way := range []store.Way{store.Exact, store.Filtered} {
			query.Access = access.By(store.Route{Way: way, Memberships: memberships})
			want, got := keywordList(t, oracle, query, 60), keywordList(t, real, query, 60)
			require.NotEmpty(t, want)
			require.Equal(t, want, got, "%s, %s", query.Text, way)
		}
		query.Access = store.AccessEverythingForTheGateToDecide()
		require.Equal(t, keywordList(t, oracle, query, 60), keywordList(t, real, query, 60), query.Text)
	}
}

// TestASmallScopeCountsItsOwnWordsAlone, by whatever way it is searched and
// however many documents lie around it.
func TestASmallScopeCountsItsOwnWordsAlone(t *testing.T) {
	config, _ := place(t, fakeqdrant.Options{})
	real, oracle := open(t, config), store.NewService(reference.New(), nil)
	require.NoError(t, oracle.Prepare(t.Context(), acme, model()))
	_, memberships := wordyWorld(t, real, oracle)
	var few []eyeshot.Object
	for i := 1; i < 3000; i += 100 {
		few = append(few, numbered(i))
	}
	access := storetest.NewNumbering().Access(few...)
	for _, way := range []store.Way{store.Exact, store.Filtered, store.Unfiltered} {
		query := store.Query{Text: "w0 w1 w25 w2*", Access: access.By(store.Route{Way: way, Memberships: memberships})}
		require.Equal(t, keywordList(t, oracle, query, 30), keywordList(t, real, query, 30), way)
	}
}

// keywordList reads the first hits of a list, and the scores of some documents,
// found so far or not.
func keywordList(t *testing.T, s *store.Service, query store.Query, n int) []string {
	t.Helper()
	lists, err := s.Search(t.Context(), acme, query)
	require.NoError(t, err)
	defer lists.Close()
	var out []string
	for len(out) < n {
		hits, err := lists.Keyword.Next(t.Context(), 7)
		require.NoError(t, err)
		for _, hit := range hits {
			out = append(out, fmt.Sprintf("%s %.5f", hit.Ref.Object, hit.Score))
		}
		if len(hits) < 7 {
			break
		}
	}
	var refs []eyeshot.ChunkRef
	for i := range 40 {
		refs = append(refs, eyeshot.ChunkRef{Object: numbered(i * 31)})
	}
	scores, err := lists.Keyword.Scores(t.Context(), refs)
	require.NoError(t, err)
	for i, score := range scores {
		out = append(out, fmt.Sprintf("score of %s: %.5f", refs[i].Object, score))
	}
	return out
}

// TestAListIsReadToItsEndWhileOthersWrite walks lists that take many fetches.
func TestAListIsReadToItsEndWhileOthersWrite(t *testing.T) {
	config, _ := place(t, fakeqdrant.Options{})
	s := open(t, config)
	access, memberships := wordyWorld(t, s)
	records, _ := wordyRecords()
	for _, way := range some([]store.Way{store.Filtered, store.Unfiltered, store.Exact}) {
		lists, err := s.Search(t.Context(), acme, store.Query{Vector: axis(0), Text: "w0 w1",
			Access: access.By(store.Route{Way: way, Memberships: memberships})})
		require.NoError(t, err)
		for name, cursor := range map[string]store.Cursor{"semantic": lists.Semantic, "keyword": lists.Keyword} {
			seen := map[eyeshot.ChunkRef]bool{}
			for i := 0; ; i++ {
				hits, err := cursor.Next(t.Context(), 200)
				require.NoError(t, err)
				for _, hit := range hits {
					require.False(t, seen[hit.Ref], "%v came twice", hit.Ref)
					require.True(t, access.Documents().Contains(hit.Ref.Object))
					seen[hit.Ref] = true
				}
				if len(hits) < 200 {
					break
				}
				require.NoError(t, s.Delete(t.Context(), acme, []eyeshot.Object{numbered(i)}))
				require.NoError(t, s.Upsert(t.Context(), acme, []store.Record{record(numbered(5000+i), "w0 w0 w1")}))
			}
			if name == "semantic" {
				require.Len(t, seen, 600, "%s: a quarter of the 2,400 that are allowed lies along the axis", way)
			}
		}
		require.NoError(t, lists.Close())
		const most = 20 // writes of a walk; then all is as it was
		for i := range most {
			require.NoError(t, s.Delete(t.Context(), acme, []eyeshot.Object{numbered(5000 + i)}))
		}
		require.NoError(t, s.Upsert(t.Context(), acme, records[:most]))
		stats, err := s.Stats(t.Context(), acme)
		require.NoError(t, err)
		require.Equal(t, len(records), stats.Documents)
	}
}

func TestAPageOfObjectsFollowsTheWritesBetweenPages(t *testing.T) {
	config, _ := place(t, fakeqdrant.Options{})
	s := open(t, config)
	for i := range 10 {
		require.NoError(t, s.Upsert(t.Context(), acme, []store.Record{record(numbered(i), "x")}))
	}
	page := func(after eyeshot.Object) string {
		objects, err := s.Objects(t.Context(), acme, after, 3)
		require.NoError(t, err)
		var names []string
		for _, object := range objects {
			names = append(names, strings.TrimPrefix(string(object), "ticket:n/000"))
		}
		return strings.Join(names, " ")
	}
	require.Equal(t, "0 1 2", page(""))
	require.NoError(t, s.Delete(t.Context(), acme, []eyeshot.Object{numbered(3), numbered(5)}))
	require.NoError(t, s.Upsert(t.Context(), acme, []store.Record{record("ticket:n/00041", "x"), record(numbered(4), "again")}))
	require.Equal(t, "4 41 6", page(numbered(2)))
	require.Equal(t, "7 8 9", page(numbered(6)))
	require.Empty(t, page(numbered(9)))
	require.Equal(t, "0 1 2", page(""))
}
