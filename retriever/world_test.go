package retriever_test

import (
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"log"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// Each check of a property makes a whole world, so fewer are the default; the
// command line has the last word: -rapid.checks=1000.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", worlds); err != nil {
		log.Fatal(err)
	}
	goleak.VerifyTestMain(m)
}

const (
	tenantName = "acme"
	dimension  = 8
)

// world is a tenant with a real OpenFGA, the real permission index and the real
// embedded store.
type world struct {
	fga    *authz.Store
	index  *authzsync.Index
	writer *authzsync.Writer
	store  store.Driver
}

func newWorld(t testing.TB, client *authz.Client) *world {
	t.Helper()
	w := &world{fga: authztest.NewStoreOn(t, client, "")}
	index, err := authzsync.Open(t.Context(), w.fga, authzsync.Options{ModelID: w.fga.ModelID(), DocumentTypes: filters.DefaultPolicy().Types()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, index.Close()) })
	driver, err := embedded.Open(t.Context(), embedded.Config{Dir: t.TempDir()})
	require.NoError(t, err)
	w.index, w.writer, w.store = index, authzsync.NewWriter(w.fga, index), store.NewService(driver, nil)
	t.Cleanup(func() { require.NoError(t, w.store.Close()) })
	require.NoError(t, w.store.Prepare(t.Context(), tenantName, store.EmbeddingModel{Name: "hash", Dimension: dimension}))
	return w
}

func (w *world) relate(t testing.TB, lines ...string) {
	t.Helper()
	require.NoError(t, w.writer.Write(t.Context(), authztest.Tuples(t, lines...), nil))
}

func (w *world) unrelate(t testing.TB, lines ...string) {
	t.Helper()
	require.NoError(t, w.writer.Write(t.Context(), nil, authztest.Tuples(t, lines...)))
}

// put stores a document whose chunks have the given texts.
func (w *world) put(t testing.TB, object eyeshot.Object, texts ...string) {
	t.Helper()
	record := store.Record{Object: object, Title: "title of " + object.Local(), Hash: strings.Join(texts, "|")}
	for i, text := range texts {
		record.Chunks = append(record.Chunks, eyeshot.Chunk{ChunkRef: eyeshot.ChunkRef{Object: object, N: i}, Text: text, Vector: vectorOf(text)})
	}
	require.NoError(t, w.store.Upsert(t.Context(), tenantName, []store.Record{record}))
}

// Tenant makes the world the only tenant there is.
func (w *world) Tenant(_ context.Context, name string) (retriever.Tenant, error) {
	if name != tenantName {
		return nil, fmt.Errorf("tenant %q: %w", name, eyeshot.ErrNotFound)
	}
	return w, nil
}

func (w *world) BatchCheck(ctx context.Context, checks []authz.Check, conditions authz.CheckContext) ([]authz.Verdict, error) {
	return w.fga.BatchCheck(ctx, checks, conditions)
}

func (w *world) Reach(context.Context, time.Duration) (filters.Reach, bool, error) {
	return w.index.View(), true, nil
}

// config is that of a retriever over the world; tests put faults into it.
func (w *world) config(t testing.TB) retriever.Config {
	t.Helper()
	gate, err := filters.NewGate(filters.DefaultPolicy(), nil)
	require.NoError(t, err)
	return retriever.Config{
		Tenants: w, Policy: filters.DefaultPolicy(), Gate: gate, Searcher: w.store,
		Content: filters.NewContent(w.store), Embedder: hashEmbedder{},
	}
}

func newRetriever(t testing.TB, config retriever.Config) *retriever.Retriever {
	t.Helper()
	r, err := retriever.New(config)
	require.NoError(t, err)
	return r
}

// hashEmbedder gives every word a fixed direction and a text the sum of its
// words': texts with the same words are duplicates, others differ.
type hashEmbedder struct{}

func (hashEmbedder) Name() string   { return "hash" }
func (hashEmbedder) Dimension() int { return dimension }
func (hashEmbedder) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, text := range texts {
		out[i] = vectorOf(text)
	}
	return out, nil
}

func vectorOf(text string) []float32 {
	sum := make([]float64, dimension)
	for _, word := range strings.Fields(text) {
		hash := fnv.New64a()
		hash.Write([]byte(word))
		random := rand.New(rand.NewPCG(hash.Sum64(), 1))
		for i := range sum {
			sum[i] += random.NormFloat64() + 0.5
		}
	}
	norm := 0.0
	for _, x := range sum {
		norm += x * x
	}
	out := make([]float32, dimension)
	for i, x := range sum {
		if norm > 0 {
			out[i] = float32(x / math.Sqrt(norm))
		}
	}
	return out
}

func refsOf(response *retriever.Response) []eyeshot.ChunkRef {
	refs := []eyeshot.ChunkRef{}
	for _, result := range response.Results {
		refs = append(refs, result.Ref)
	}
	return refs
}

func user(name string) eyeshot.Principal {
	return eyeshot.Principal{Tenant: tenantName, Subject: eyeshot.Object("user:" + name)}
}
