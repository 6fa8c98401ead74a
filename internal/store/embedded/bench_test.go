package embedded_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
)

// loaded opens a store in dir and fills it.
func loaded(b testing.TB, dir string, records []store.Record) *embedded.Store {
	s, err := embedded.Open(b.Context(), embedded.Config{Dir: dir})
	require.NoError(b, err)
	require.NoError(b, s.Prepare(b.Context(), "acme", store.EmbeddingModel{Name: "bench", Dimension: benchDimension}))
	for lot := range slices.Chunk(records, benchLot) {
		require.NoError(b, s.Upsert(b.Context(), "acme", lot))
	}
	return s
}

// BenchmarkLoad measures filling a store, opening it again, and writing one
// document to it.
func BenchmarkLoad(b *testing.B) {
	records := tickets(b)
	b.Run("upsert all", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, loaded(b, b.TempDir(), records).Close())
		}
	})
	dir := b.TempDir()
	require.NoError(b, loaded(b, dir, records).Close())
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			s, err := embedded.Open(b.Context(), embedded.Config{Dir: dir})
			require.NoError(b, err)
			require.NoError(b, s.Close())
		}
	})
	s, err := embedded.Open(b.Context(), embedded.Config{Dir: dir})
	require.NoError(b, err)
	b.Run("upsert one", func(b *testing.B) {
		i := 0
		for b.Loop() {
			require.NoError(b, s.Upsert(b.Context(), "acme", records[i%len(records):][:1]))
			i++
		}
	})
	require.NoError(b, s.Close())
}

// BenchmarkSearch measures a search and its first ten hits a list.
func BenchmarkSearch(b *testing.B) {
	records := tickets(b)
	s := loaded(b, b.TempDir(), records)
	defer func() { require.NoError(b, s.Close()) }()
	rng := rand.New(rand.NewPCG(3, 4))
	numbering := storetest.NewNumbering()
	for _, i := range rng.Perm(len(records)) { // another order than the store's own
		numbering.Add(records[i].Object)
	}
	for _, allowed := range []float64{1, 0.5, 0.2, 0.05, 0.01, 0.0005} {
		var mine []eyeshot.Object
		for _, record := range records {
			if rng.Float64() < allowed {
				mine = append(mine, record.Object)
			}
		}
		access := numbering.Access(mine...)
		name := fmt.Sprintf("allowed=%v%%", allowed*100)
		benchmarkQueries(b, s, name, store.Query{Access: access})
		if allowed == 1 {
			benchmarkQueries(b, s, "everything", store.Query{Access: store.AccessEverythingForTheGateToDecide()})
			benchmarkQueries(b, s, "filtered", store.Query{Access: access, Where: store.And{Parts: []store.Expr{
				store.Compare{Key: "number", Op: store.Lt, Value: 50.0}, store.Compare{Key: store.KeyUpdatedAt, Op: store.Gt, Value: "2001-09-09"}}}})
		}
	}
}

func benchmarkQueries(b *testing.B, s *embedded.Store, name string, query store.Query) {
	vector := unit(rand.New(rand.NewPCG(5, 6)))
	const words = "error when the build fails after an update of the project with a null pointer exception"
	for _, kind := range []struct {
		name   string
		vector []float32
		text   string
	}{
		{"semantic", vector, ""},
		{"keyword", nil, words},
		{"hybrid", vector, words},
		{"hybrid+phrase", vector, words + ` "null pointer"`},
	} {
		query.Vector, query.Text = kind.vector, kind.text
		b.Run(name+"/"+kind.name, func(b *testing.B) { searchLoop(b, s, query) })
	}
}

// searchLoop reports the median, which one slow search among thousands leaves
// alone, and the best, which other programs on the machine leave alone.
func searchLoop(b *testing.B, s *embedded.Store, query store.Query) {
	var took []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		lists, err := s.Search(b.Context(), "acme", query)
		if err != nil {
			b.Fatal(err)
		}
		readTen(b, lists)
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-median")
	b.ReportMetric(float64(took[0].Microseconds()), "µs-best")
}

func readTen(b *testing.B, lists store.Lists) {
	for _, cursor := range []store.Cursor{lists.Semantic, lists.Keyword} {
		if cursor != nil {
			if _, err := cursor.Next(context.Background(), 10); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := lists.Close(); err != nil {
		b.Fatal(err)
	}
}
