package storetest

import (
	"math"
	"math/rand/v2"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func semanticTests() []test {
	return []test{
		{"ChunksAreRankedByCosineSimilarity", func(h *harness) {
			h.upsert(document("ticket:a/1", along(1, 2, 3, 4), along(1)), document("ticket:a/2", along(1, -2, 3, 5)))
			require.Equal(h, []store.Hit{
				{Ref: ref("ticket:a/1", 1), Score: 1},
				{Ref: ref("ticket:a/1", 0), Score: 0.5},
				{Ref: ref("ticket:a/2", 0), Score: 0.5},
			}, h.semantic(vector(1)))
		}},
		{"OnlySimilaritiesAboveZeroAreListed", func(h *harness) {
			h.upsert(document("ticket:a/1", along(-1), along(2), along(1)))
			require.Equal(h, []eyeshot.ChunkRef{ref("ticket:a/1", 2)}, refs(h.semantic(vector(1))))
		}},
		{"AZeroVectorIsSimilarToNothing", func(h *harness) {
			zero := make([]float32, dimension)
			h.upsert(document("ticket:a/1", eyeshot.Chunk{Text: "x", Vector: zero}, along(1)))
			require.Equal(h, []eyeshot.ChunkRef{ref("ticket:a/1", 1)}, refs(h.semantic(vector(1))))
			lists := h.search(store.Query{Vector: zero, Access: everything()})
			require.NotNil(h, lists.Semantic, "it was asked for")
			require.Empty(h, h.drain(lists.Semantic, 3))
			scores, err := lists.Semantic.Scores(h.ctx(), []eyeshot.ChunkRef{ref("ticket:a/1", 0), ref("ticket:a/1", 1)})
			require.NoError(h, err)
			require.Equal(h, []float32{0, 0}, scores)
		}},
		{"EqualVectorsAreOrderedByObjectThenByChunk", func(h *harness) {
			h.upsert(document("ticket:a/2", along(1), along(1)), document("ticket:a/10", along(1)), document("doc:z/1", along(1)))
			h.upsert(document("ticket:a/1", along(1), along(1)))
			h.upsert(document("ticket:a/2", along(1), along(1))) // a replaced document keeps its place in the order
			require.Equal(h, []eyeshot.ChunkRef{
				ref("doc:z/1", 0), ref("ticket:a/1", 0), ref("ticket:a/1", 1), ref("ticket:a/10", 0), ref("ticket:a/2", 0), ref("ticket:a/2", 1),
			}, refs(h.semantic(vector(1))))
		}},
		{"AListThatWasNotAskedForIsNil", func(h *harness) {
			require.Nil(h, h.search(store.Query{Vector: vector(1), Access: everything()}).Keyword)
			require.Nil(h, h.search(store.Query{Text: "x", Access: everything()}).Semantic)
		}},
		{"SimilaritiesOfAnyVectorsAreExact", exactSimilarities},
	}
}

// exactSimilarities holds every score to one computed in float64, for vectors
// of a size at which stores scan in blocks and side by side.
func exactSimilarities(h *harness) {
	const wide, documents = 1537, 400
	require.NoError(h, h.DropIndex(h.ctx(), acme))
	require.NoError(h, h.Prepare(h.ctx(), acme, store.EmbeddingModel{Name: "wide", Dimension: wide}))
	rng := rand.New(rand.NewPCG(1, 2))
	query := randomUnit(rng, wide)
	want := map[eyeshot.ChunkRef]float64{}
	var records []store.Record
	for i := range documents {
		record := document(numbered(i), eyeshot.Chunk{Vector: randomUnit(rng, wide)}, eyeshot.Chunk{Vector: randomUnit(rng, wide)})
		for _, chunk := range record.Chunks {
			want[chunk.ChunkRef] = exactDot(query, chunk.Vector)
		}
		records = append(records, record)
	}
	h.upsert(records...)
	hits := h.semantic(query)
	for i, hit := range hits {
		require.InDelta(h, want[hit.Ref], hit.Score, 1e-5)
		if i > 0 {
			require.LessOrEqual(h, hit.Score, hits[i-1].Score)
		}
		delete(want, hit.Ref)
	}
	for ref, score := range want {
		require.Less(h, score, 1e-5, "%v was left out", ref)
	}
}

func exactDot(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func randomUnit(rng *rand.Rand, n int) []float32 {
	v, sum := make([]float32, n), 0.0
	for i := range v {
		v[i] = float32(rng.NormFloat64())
		sum += float64(v[i]) * float64(v[i])
	}
	return unit(v, sum)
}

// unit scales a vector, whose squares add up to sum, to length 1.
func unit(v []float32, sum float64) []float32 {
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}
