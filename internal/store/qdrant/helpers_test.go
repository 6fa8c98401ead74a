package qdrant_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant/fakeqdrant"
)

const (
	acme  = "acme"
	other = "other"
)

// How long to poll for what happens in the background.
const (
	waitLong  = 30 * time.Second
	waitShort = 5 * time.Millisecond
)

func model() store.EmbeddingModel { return store.EmbeddingModel{Name: "test", Dimension: 4} }

// axis is a unit vector.
func axis(n int) []float32 {
	v := make([]float32, 4)
	v[n] = 1
	return v
}

// record is a document of texts, all along the first axis.
func record(object eyeshot.Object, texts ...string) store.Record {
	r := store.Record{Object: object, Hash: "hash", Readers: []eyeshot.Subject{"user:*"}}
	for n, text := range texts {
		r.Chunks = append(r.Chunks, eyeshot.Chunk{ChunkRef: eyeshot.ChunkRef{Object: object, N: n}, Text: text, Vector: axis(0)})
	}
	return r
}

func numbered(i int) eyeshot.Object { return eyeshot.Object(fmt.Sprintf("ticket:n/%04d", i)) }

// needFake skips where a real server runs the tests and the test has to make the
// server fail.
func needFake(t *testing.T, server *fakeqdrant.Server) {
	t.Helper()
	if server == nil {
		t.Skip("it takes a server that does wrong: only the fake does")
	}
}

// open opens a store, prepared for both tenants.
func open(t *testing.T, config qdrant.Config) *store.Service {
	t.Helper()
	driver, err := qdrant.Open(t.Context(), config)
	require.NoError(t, err)
	service := store.NewService(driver, nil)
	t.Cleanup(func() { require.NoError(t, service.Close()) })
	for _, tenant := range []string{acme, other} {
		require.NoError(t, service.Prepare(t.Context(), tenant, model()))
	}
	return service
}

// texts reads all that a tenant has, by way of a search and by way of an export,
// which must agree: one state of the store, and no other.
func texts(t *testing.T, s *store.Service, tenant string) []string {
	t.Helper()
	lists, err := s.Search(t.Context(), tenant, store.Query{Vector: axis(0), Access: store.AccessEverythingForTheGateToDecide()})
	require.NoError(t, err)
	hits, err := lists.Semantic.Next(t.Context(), 10_000)
	require.NoError(t, err)
	require.NoError(t, lists.Close())
	var refs []eyeshot.ChunkRef
	for _, hit := range hits {
		refs = append(refs, hit.Ref)
	}
	passages, err := s.Passages(t.Context(), tenant, refs)
	require.NoError(t, err)
	var found, exported []string
	for _, passage := range passages {
		found = append(found, fmt.Sprint(passage.Ref, " ", passage.Text))
	}
	records, err := s.Export(t.Context(), tenant, "", 10_000)
	require.NoError(t, err)
	for _, r := range records {
		for _, chunk := range r.Chunks {
			exported = append(exported, fmt.Sprint(chunk.ChunkRef, " ", chunk.Text))
		}
	}
	require.Equal(t, exported, found)
	return found
}

// words draws a text of words w0 to w39, the low ones often.
func words(rng *rand.Rand, n int) string {
	text := ""
	for range n {
		text += fmt.Sprintf(" w%d", min(rng.IntN(40), rng.IntN(40)))
	}
	return text
}
