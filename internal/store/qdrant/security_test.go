package qdrant_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant/fakeqdrant"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
)

// TestAServerThatIgnoresFiltersLeaksNothing asks a server that answers every
// reading with all points of all tenants in all their versions.
func TestAServerThatIgnoresFiltersLeaksNothing(t *testing.T) {
	config, server := place(t, fakeqdrant.Options{})
	needFake(t, server)
	s := open(t, config)
	var refs []eyeshot.ChunkRef
	for i := range 40 {
		require.NoError(t, s.Upsert(t.Context(), acme, []store.Record{record(numbered(i), "the secret of acme", "more")}))
		require.NoError(t, s.Upsert(t.Context(), other, []store.Record{record(numbered(i), "the secret of others", "more")}))
		refs = append(refs, eyeshot.ChunkRef{Object: numbered(i)}, eyeshot.ChunkRef{Object: numbered(i), N: 1})
	}
	require.NoError(t, s.Upsert(t.Context(), acme, []store.Record{record(numbered(3), "the new secret of acme")}))
	require.NoError(t, s.Delete(t.Context(), acme, []eyeshot.Object{numbered(4)}))
	server.Set(func(o *fakeqdrant.Options) { o.IgnoreFilters = true })

	numbering := storetest.NewNumbering()
	mine := numbering.Access(numbered(3), numbered(4), numbered(7))
	for _, way := range []store.Way{store.Any, store.Exact, store.Filtered, store.Unfiltered} {
		access := mine.By(store.Route{Way: way, Memberships: []eyeshot.Subject{"user:*"}})
		lists, err := s.Search(t.Context(), acme, store.Query{Vector: axis(0), Text: "secret more", Access: access})
		require.NoError(t, err)
		for _, cursor := range []store.Cursor{lists.Semantic, lists.Keyword} {
			hits, err := cursor.Next(t.Context(), 1000)
			require.NoError(t, err)
			var found []eyeshot.ChunkRef
			for _, hit := range hits {
				found = append(found, hit.Ref)
			}
			require.ElementsMatch(t, []eyeshot.ChunkRef{{Object: numbered(3)}, {Object: numbered(7)}, {Object: numbered(7), N: 1}}, found, way)
			scores, err := cursor.Scores(t.Context(), refs)
			require.NoError(t, err)
			for i, score := range scores {
				require.Equal(t, score > 0, contains(found, refs[i]), "%s: %v", way, refs[i])
			}
		}
		require.NoError(t, lists.Close())
	}
	passages, err := s.Passages(t.Context(), acme, refs)
	require.NoError(t, err)
	require.Len(t, passages, 77)
	for _, passage := range passages {
		require.False(t, strings.Contains(passage.Text, "others"))
	}
	records, err := s.Export(t.Context(), acme, "", 100)
	require.NoError(t, err)
	require.Len(t, records, 39)
	require.NotContains(t, fmt.Sprint(records), "others")
	one, err := s.Document(t.Context(), other, numbered(3))
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprint(one), "acme")
	hashes, err := s.Hashes(t.Context(), acme, []eyeshot.Object{numbered(4), numbered(7)})
	require.NoError(t, err)
	require.Equal(t, map[eyeshot.Object]string{numbered(7): "hash"}, hashes)
}

// TestAnOpenListNeverShowsWhatCameLater reads on in a list whose server has
// stopped to filter since it was opened.
func TestAnOpenListNeverShowsWhatCameLater(t *testing.T) {
	config, server := place(t, fakeqdrant.Options{})
	needFake(t, server)
	s := open(t, config)
	const documents = 300
	var records []store.Record
	for i := range documents {
		r := record(numbered(i), "text")
		angle := float64(i+1) / 1000 // no two alike, so that the list is fetched bit by bit
		r.Chunks[0].Vector = []float32{float32(math.Cos(angle)), float32(math.Sin(angle)), 0, 0}
		records = append(records, r)
	}
	require.NoError(t, s.Upsert(t.Context(), acme, records))
	lists, err := s.Search(t.Context(), acme, store.Query{Vector: axis(0), Access: store.AccessEverythingForTheGateToDecide()})
	require.NoError(t, err)
	defer lists.Close()
	require.NoError(t, s.Upsert(t.Context(), acme, []store.Record{record("ticket:n/later", "text"), record(numbered(290), "new", "more")}))
	server.Set(func(o *fakeqdrant.Options) { o.IgnoreFilters = true })
	hits, err := lists.Semantic.Next(t.Context(), 1000)
	require.NoError(t, err)
	require.Len(t, hits, documents)
	for i, hit := range hits {
		require.Equal(t, eyeshot.ChunkRef{Object: numbered(i)}, hit.Ref)
	}
}

func contains(refs []eyeshot.ChunkRef, ref eyeshot.ChunkRef) bool {
	for _, one := range refs {
		if one == ref {
			return true
		}
	}
	return false
}

// TestAFilterThatNamesNobodyFindsNothing: Qdrant takes a filter without
// conditions to hold everywhere.
func TestAFilterThatNamesNobodyFindsNothing(t *testing.T) {
	config, _ := place(t, fakeqdrant.Options{})
	s := open(t, config)
	require.NoError(t, s.Upsert(t.Context(), acme, []store.Record{record(numbered(1), "text")}))
	access := storetest.NewNumbering().Access(numbered(1))
	for name, query := range map[string]store.Query{
		"no memberships":     {Text: "text", Access: access.By(store.Route{Way: store.Filtered})},
		"one of no values":   {Text: "text", Access: access, Where: store.Compare{Key: "k", Op: store.In, Value: []any{}}},
		"an or of no parts":  {Text: "text", Access: access, Where: store.Or{}},
		"an unknown ordinal": {Text: "text", Access: storetest.NewNumbering().Access()},
	} {
		lists, err := s.Search(t.Context(), acme, query)
		require.NoError(t, err)
		hits, err := lists.Keyword.Next(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, hits, name)
		require.NoError(t, lists.Close())
	}
}
