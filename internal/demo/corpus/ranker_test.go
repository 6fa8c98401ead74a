package corpus

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer/split"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// ranker ranks the corpus naively, with the product's own splitter, model,
// tokenizer and formulas: it scores every readable chunk. It is here to see
// that the story's questions have clear answers, whatever ranks them.
type ranker struct {
	embedder  *static.Embedder
	tokenizer *keyword.Tokenizer
	chunks    map[string][]rankedChunk // by tenant
}

type rankedChunk struct {
	object eyeshot.Object
	vector []float32
	counts map[string]uint32
	length uint32
}

func newRanker(t testing.TB, corpus *Corpus) *ranker {
	t.Helper()
	embedder, err := static.BuiltIn()
	require.NoError(t, err)
	splitter, err := split.New(split.Options{})
	require.NoError(t, err)
	r := &ranker{embedder: embedder, tokenizer: keyword.NewTokenizer(), chunks: map[string][]rankedChunk{}}
	for _, tenant := range corpus.Tenants {
		for _, document := range tenant.Documents {
			for _, chunk := range splitter.Split(document) {
				r.chunks[tenant.Name] = append(r.chunks[tenant.Name], r.chunk(t, document, chunk))
			}
		}
	}
	return r
}

func (r *ranker) chunk(t testing.TB, document eyeshot.Document, chunk eyeshot.Chunk) rankedChunk {
	out := rankedChunk{object: document.Object, vector: r.embed(t, chunk.Heading+"\n"+chunk.Text), counts: map[string]uint32{}}
	for _, field := range keyword.Fields(document.Object, document.Title, chunk.Heading, chunk.Text) {
		for _, token := range r.tokenizer.Tokens(field.Text) {
			out.counts[token] += uint32(field.Weight)
			out.length += uint32(field.Weight)
		}
	}
	return out
}

func (r *ranker) embed(t testing.TB, text string) []float32 {
	t.Helper()
	vectors, err := r.embedder.Embed(t.Context(), []string{text})
	require.NoError(t, err)
	return vectors[0]
}

// search returns the readable documents by falling score, the way the product
// fuses its lists: 0.4 of the similarity and 0.6 of BM25, each divided by its
// best. Statistics are those of the readable chunks.
func (r *ranker) search(t testing.TB, tenant, question string, readable map[eyeshot.Object]bool) []eyeshot.Object {
	t.Helper()
	chunks := slices.DeleteFunc(slices.Clone(r.chunks[tenant]), func(c rankedChunk) bool { return !readable[c.object] })
	semantic, words := r.semantic(t, question, chunks), r.keyword(question, chunks)
	scores := map[eyeshot.Object]float64{}
	var order []eyeshot.Object
	for i, chunk := range chunks {
		score := 0.4*semantic[i]/max(slices.Max(semantic), 1e-9) + 0.6*words[i]/max(slices.Max(words), 1e-9)
		if _, seen := scores[chunk.object]; !seen {
			order = append(order, chunk.object)
		}
		scores[chunk.object] = max(scores[chunk.object], score)
	}
	slices.SortStableFunc(order, func(a, b eyeshot.Object) int { return cmp.Compare(scores[b], scores[a]) })
	return order
}

func (r *ranker) semantic(t testing.TB, question string, chunks []rankedChunk) []float64 {
	query, out := r.embed(t, question), make([]float64, len(chunks))
	for i, chunk := range chunks {
		for j, x := range chunk.vector {
			out[i] += float64(x) * float64(query[j])
		}
	}
	return out
}

func (r *ranker) keyword(question string, chunks []rankedChunk) []float64 {
	total, out := 0.0, make([]float64, len(chunks))
	for _, chunk := range chunks {
		total += float64(chunk.length)
	}
	for _, term := range keyword.Parse(r.tokenizer, question).Terms {
		df := 0.0
		for _, chunk := range chunks {
			df += min(1, float64(chunk.counts[term]))
		}
		idf := math.Log(1 + (float64(len(chunks))-df+0.5)/(df+0.5))
		for i, chunk := range chunks {
			tf, norm := float64(chunk.counts[term]), 1-keyword.B+keyword.B*float64(chunk.length)*float64(len(chunks))/total
			out[i] += idf * tf * (keyword.K1 + 1) / (tf + keyword.K1*norm)
		}
	}
	return out
}
