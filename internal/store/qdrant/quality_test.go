package qdrant

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	qc "github.com/qdrant/go-client/qdrant"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant/fakeqdrant"
)

// qualityDepth is how many hits of each list are merged.
const qualityDepth = 100

const retrievalPath = "../../../../shared/data/retrieval"

// BenchmarkKeywordQuality measures what each way to have keywords in Qdrant is
// worth: nDCG@10 of keywords alone, and merged with vectors as the retriever
// merges them. The fake computes exactly, so the figures are of the method. All
// three collections lie in one collection of Qdrant's, a tenant each.
//
//	go test -run '^$' -bench KeywordQuality -benchtime 1x ./internal/store/qdrant
func BenchmarkKeywordQuality(b *testing.B) {
	if _, err := os.Stat(retrievalPath); err != nil {
		b.Skip("the test collections of ../shared are not on this machine")
	}
	server, err := fakeqdrant.Start(fakeqdrant.Options{})
	require.NoError(b, err)
	defer server.Stop()
	s, err := Open(b.Context(), Config{Address: server.Address(), Exact: true, PerTenant: true}) // smaller collections are scanned sooner
	require.NoError(b, err)
	defer s.Close()
	embedder, err := static.BuiltIn()
	require.NoError(b, err)
	var sets []*qualitySet
	for _, name := range []string{"cranfield", "cisi", "npl"} {
		sets = append(sets, readQualitySet(b, name))
	}
	for _, set := range sets {
		set.load(b, s, embedder)
	}
	mixed := newModified(b, s, "mixed", sets...)
	for _, set := range sets {
		alone := newModified(b, s, set.name+"-alone", set)
		for method, list := range map[string]func(query string) []store.Hit{
			"a scope's BM25":             func(query string) []store.Hit { return set.search(b, s, store.Query{Text: query}) },
			"IDF modifier, alone":        func(query string) []store.Hit { return alone.search(b, set.name, query) },
			"IDF modifier, among others": func(query string) []store.Hit { return mixed.search(b, set.name, query) },
			"full-text filter, any word": func(query string) []store.Hit { return set.anyWord(s, query) },
		} {
			b.Run(set.name+"/"+method, func(b *testing.B) {
				for range b.N {
					keywords, hybrid := set.measure(b, s, list)
					b.ReportMetric(keywords, "nDCG@10-keywords")
					b.ReportMetric(hybrid, "nDCG@10-hybrid")
					b.ReportMetric(0, "ns/op")
				}
			})
		}
	}
}

type qualityText struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

type qualitySet struct {
	name            string
	corpus, queries []qualityText
	relevant        map[string]map[string]bool
	vectors         [][]float32 // of the queries
	records         []store.Record
	bags            []bag
}

func readQualitySet(b *testing.B, name string) *qualitySet {
	set := &qualitySet{name: name, relevant: map[string]map[string]bool{}}
	for file, into := range map[string]*[]qualityText{"corpus": &set.corpus, "queries": &set.queries} {
		f, err := os.Open(fmt.Sprintf("%s/%s/%s.jsonl.gz", retrievalPath, name, file))
		require.NoError(b, err)
		defer f.Close()
		unzipped, err := gzip.NewReader(f)
		require.NoError(b, err)
		for decoder := json.NewDecoder(bufio.NewReader(unzipped)); decoder.More(); {
			var one qualityText
			require.NoError(b, decoder.Decode(&one))
			*into = append(*into, one)
		}
	}
	judged, err := os.ReadFile(retrievalPath + "/" + name + "/qrels.tsv")
	require.NoError(b, err)
	for _, line := range strings.Split(string(judged), "\n") {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[2] == "0" || fields[2] == "score" {
			continue
		}
		if set.relevant[fields[0]] == nil {
			set.relevant[fields[0]] = map[string]bool{}
		}
		set.relevant[fields[0]][fields[1]] = true
	}
	return set
}

func (q *qualitySet) load(b *testing.B, s *Store, embedder *static.Embedder) {
	require.NoError(b, s.Prepare(b.Context(), q.name, store.EmbeddingModel{Name: embedder.Name(), Dimension: embedder.Dimension()}))
	for _, one := range q.corpus {
		object, err := eyeshot.NewObject("doc", q.name, one.ID)
		require.NoError(b, err)
		vectors, err := embedder.Embed(b.Context(), []string{one.Title + "\n" + one.Text})
		require.NoError(b, err)
		q.records = append(q.records, store.Record{Object: object, Title: one.Title, Chunks: []eyeshot.Chunk{
			{ChunkRef: eyeshot.ChunkRef{Object: object}, Text: one.Text, Vector: vectors[0]}}})
	}
	for _, r := range q.records {
		q.bags = append(q.bags, bagOf(s.tokenizer, r.Object, r.Title, "", r.Chunks[0].Text))
	}
	require.NoError(b, s.Upsert(b.Context(), q.name, q.records))
	for _, query := range q.queries {
		vectors, err := embedder.Embed(b.Context(), []string{query.Text})
		require.NoError(b, err)
		q.vectors = append(q.vectors, vectors[0])
	}
}

func (q *qualitySet) search(b *testing.B, s *Store, query store.Query) []store.Hit {
	query.Access = store.AccessEverythingForTheGateToDecide()
	lists, err := s.Search(b.Context(), q.name, query)
	require.NoError(b, err)
	defer lists.Close()
	cursor := lists.Keyword
	if cursor == nil {
		cursor = lists.Semantic
	}
	hits, err := cursor.Next(b.Context(), qualityDepth)
	require.NoError(b, err)
	return hits
}

// anyWord is what a full-text index gives: which chunks match, and no rank.
func (q *qualitySet) anyWord(s *Store, query string) []store.Hit {
	var hits []store.Hit
	for i, r := range q.records {
		for _, term := range keyword.Parse(s.tokenizer, query).Terms {
			if q.bags[i].times[term] > 0 {
				hits = append(hits, store.Hit{Ref: r.Chunks[0].ChunkRef, Score: 1})
				break
			}
		}
	}
	slices.SortFunc(hits, compareHits)
	return hits
}

// measure returns the mean nDCG@10 of a keyword list alone and in the hybrid.
func (q *qualitySet) measure(b *testing.B, s *Store, list func(string) []store.Hit) (keywords, hybrid float64) {
	n := 0.0
	for i, query := range q.queries {
		relevant := q.relevant[query.ID]
		if len(relevant) == 0 {
			continue
		}
		byWords, byMeaning := list(query.Text), q.search(b, s, store.Query{Vector: q.vectors[i]})
		fused := map[eyeshot.ChunkRef]float64{}
		add(fused, byWords, 0.6)
		add(fused, byMeaning, 0.4)
		var merged []store.Hit
		for ref, score := range fused {
			merged = append(merged, store.Hit{Ref: ref, Score: float32(score)})
		}
		slices.SortFunc(merged, compareHits)
		keywords, hybrid, n = keywords+gain(byWords, relevant), hybrid+gain(merged, relevant), n+1
	}
	return keywords / n, hybrid / n
}

func add(fused map[eyeshot.ChunkRef]float64, hits []store.Hit, weight float64) {
	for _, hit := range hits {
		fused[hit.Ref] += weight * float64(hit.Score) / float64(hits[0].Score)
	}
}

// gain is nDCG@10.
func gain(hits []store.Hit, relevant map[string]bool) float64 {
	got, ideal := 0.0, 0.0
	for i := range 10 {
		discount := 1 / math.Log2(float64(i+2))
		if i < len(hits) && relevant[hits[i].Ref.Object.Local()] {
			got += discount
		}
		if i < len(relevant) {
			ideal += discount
		}
	}
	return got / ideal
}

// modified is a collection whose sparse vectors have Qdrant's IDF modifier.
type modified struct {
	store *Store
	name  string
}

func newModified(b *testing.B, s *Store, name string, sets ...*qualitySet) modified {
	_, err := s.collections.Create(b.Context(), &qc.CreateCollection{CollectionName: name,
		SparseVectorsConfig: qc.NewSparseVectorsConfig(map[string]*qc.SparseVectorParams{sparseVector: {Modifier: qc.Modifier_Idf.Enum()}})})
	require.NoError(b, err)
	id := uint64(0)
	for _, set := range sets {
		var points []*qc.PointStruct
		for _, r := range set.records {
			id++
			indices, weights := bagOf(s.tokenizer, r.Object, r.Title, "", r.Chunks[0].Text).sparse()
			points = append(points, &qc.PointStruct{Id: qc.NewIDNum(id), Vectors: qc.NewVectorsMap(map[string]*qc.Vector{sparseVector: qc.NewVectorSparse(indices, weights)}),
				Payload: map[string]*qc.Value{keyTenant: text(set.name), keyObject: text(string(r.Object))}})
		}
		_, err := s.points.Upsert(b.Context(), &qc.UpsertPoints{CollectionName: name, Wait: qc.PtrOf(true), Points: points})
		require.NoError(b, err)
	}
	return modified{s, name}
}

func (m modified) search(b *testing.B, tenant, query string) []store.Hit {
	weights := map[uint32]float32{}
	for _, term := range keyword.Parse(m.store.tokenizer, query).Terms {
		weights[tokenWord(term).dimension()] = 1
	}
	var indices []uint32
	var values []float32
	for index, value := range weights {
		indices, values = append(indices, index), append(values, value)
	}
	reply, err := m.store.points.Query(b.Context(), &qc.QueryPoints{CollectionName: m.name, Query: qc.NewQuerySparse(indices, values), Using: qc.PtrOf(sparseVector),
		Filter: &qc.Filter{Must: []*qc.Condition{qc.NewMatchKeyword(keyTenant, tenant)}}, WithPayload: qc.NewWithPayload(true), Limit: qc.PtrOf(uint64(qualityDepth))})
	require.NoError(b, err)
	var hits []store.Hit
	for _, point := range reply.GetResult() {
		hits = append(hits, store.Hit{Ref: payload(point.GetPayload()).chunkRef(), Score: point.GetScore()})
	}
	slices.SortFunc(hits, func(a, b store.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Ref.Object, b.Ref.Object))
	})
	return hits
}
