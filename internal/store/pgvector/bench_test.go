package pgvector

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/pgtest"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/rowsecurity"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
)

// The benchmarks' world: clustered vectors, a cluster a project, and principals
// who are in some of the projects. EYESHOT_TEST_CHUNKS sets its size.
const (
	benchChunks    = 100_000
	benchDimension = 256
	benchProjects  = 500
	benchQueries   = 15
	benchResults   = 10
)

type benchWorld struct {
	testing.TB
	rng       *rand.Rand
	numbering *storetest.Numbering
	centres   [][]float32
	objects   []eyeshot.Object
	vectors   [][]float32
}

func newBenchWorld(b testing.TB) *benchWorld {
	n := benchChunks
	if text := os.Getenv("EYESHOT_TEST_CHUNKS"); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		require.NoError(b, err)
	}
	w := &benchWorld{TB: b, rng: rand.New(rand.NewPCG(5, 6)), numbering: storetest.NewNumbering()}
	for range benchProjects {
		w.centres = append(w.centres, w.around(make([]float32, benchDimension)))
	}
	for i := range n {
		w.objects = append(w.objects, eyeshot.Object(fmt.Sprintf("ticket:jira/%07d", i)))
		w.vectors = append(w.vectors, w.around(w.centres[i%benchProjects]))
	}
	w.numbering.Add(w.objects...)
	return w
}

// around returns a unit vector near another: half of it is noise.
func (w *benchWorld) around(centre []float32) []float32 {
	v, sum := make([]float32, benchDimension), 0.0
	for i := range v {
		v[i] = centre[i] + float32(w.rng.NormFloat64())/float32(math.Sqrt(benchDimension))
		sum += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func (w *benchWorld) readers(i int) []eyeshot.Subject {
	return []eyeshot.Subject{eyeshot.Subject(fmt.Sprintf("project:jira/p%d#viewer", i%benchProjects)), "tenant:acme#admin"}
}

// principal is in the first so many projects.
type principal struct {
	projects int
	subject  eyeshot.Subject
	access   store.Access
}

func (w *benchWorld) principals() []principal {
	var all []principal
	for _, count := range []int{1, 5, 25, 50, 100, 250} {
		bitmap := roaring.New()
		for i := range w.objects {
			if i%benchProjects < count {
				bitmap.Add(uint32(i))
			}
		}
		access := store.AccessDocuments(store.NewDocumentSet(w.numbering, map[string]*roaring.Bitmap{"ticket": bitmap}))
		all = append(all, principal{count, eyeshot.Subject(fmt.Sprintf("user:u%d", count)), access})
	}
	return all
}

func (w *benchWorld) memberships(p principal) []eyeshot.Subject {
	var all []eyeshot.Subject
	for i := range p.projects {
		all = append(all, w.readers(i)[0])
	}
	slices.Sort(all)
	return all
}

// ours opens a store and fills it.
func (w *benchWorld) ours(config Config) *Store {
	config.DSN = pgtest.DSN(w)
	s, err := Open(w.Context(), config)
	require.NoError(w, err)
	w.Cleanup(func() { require.NoError(w, s.Close()) })
	require.NoError(w, s.Prepare(w.Context(), acme, store.EmbeddingModel{Name: "m", Dimension: benchDimension}))
	for from := 0; from < len(w.objects); from += 5000 {
		var records []store.Record
		for i := from; i < min(from+5000, len(w.objects)); i++ {
			object := w.objects[i]
			records = append(records, store.Record{Object: object, Title: "a ticket", Hash: "h", Readers: w.readers(i),
				Chunks: []eyeshot.Chunk{{ChunkRef: eyeshot.ChunkRef{Object: object}, Text: "some words", Vector: w.vectors[i]}}})
		}
		require.NoError(w, s.Upsert(w.Context(), acme, records))
	}
	_, err = s.others.Exec(w.Context(), "VACUUM ANALYZE")
	require.NoError(w, err)
	return s
}

func (w *benchWorld) theirs() *rowsecurity.Database {
	d, err := rowsecurity.Open(w.Context(), pgtest.DSN(w), benchDimension)
	require.NoError(w, err)
	w.Cleanup(func() { require.NoError(w, d.Close(w.Context())) })
	members := map[eyeshot.Subject][]eyeshot.Subject{}
	for _, p := range w.principals() {
		members[p.subject] = w.memberships(p)
	}
	var documents []rowsecurity.Document
	for i, object := range w.objects {
		documents = append(documents, rowsecurity.Document{Object: object, Readers: w.readers(i), Vector: w.vectors[i]})
	}
	require.NoError(w, d.Load(w.Context(), documents, members))
	require.NoError(w, d.Finish(w.Context()))
	return d
}

// nearest is the truth.
func (w *benchWorld) nearest(p principal, query []float32) []eyeshot.Object {
	type scored struct {
		i     int
		score float64
	}
	var all []scored
	for i, v := range w.vectors {
		if i%benchProjects < p.projects {
			sum := 0.0
			for k := range v {
				sum += float64(v[k]) * float64(query[k])
			}
			if sum > 0 { // what is not similar at all is in no list
				all = append(all, scored{i, sum})
			}
		}
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var out []eyeshot.Object
	for _, one := range all[:min(benchResults, len(all))] {
		out = append(out, w.objects[one.i])
	}
	return out
}

// search is a way to search.
type search struct {
	name string
	run  func(p principal, query []float32) []eyeshot.Object
}

func (w *benchWorld) search(s *Store, name string, way store.Way) search {
	return search{name, func(p principal, query []float32) []eyeshot.Object {
		access := p.access.By(store.Route{Way: way, Memberships: w.memberships(p)})
		lists, err := s.Search(w.Context(), acme, store.Query{Vector: query, Access: access})
		require.NoError(w, err)
		hits, err := lists.Semantic.Next(w.Context(), benchResults)
		require.NoError(w, err)
		require.NoError(w, lists.Close())
		var found []eyeshot.Object
		for _, hit := range hits {
			found = append(found, hit.Ref.Object)
		}
		return found
	}}
}

// measured is what a search took and found.
type measured struct {
	p50    time.Duration
	recall float64
}

func (w *benchWorld) measure(s search, p principal, queries [][]float32, truth [][]eyeshot.Object) measured {
	var took []time.Duration
	found, wanted := 0, 0
	for i, query := range queries {
		start := time.Now()
		got := s.run(p, query)
		took = append(took, time.Since(start))
		wanted += len(truth[i])
		for _, object := range got {
			if slices.Contains(truth[i], object) {
				found++
			}
		}
	}
	slices.Sort(took)
	return measured{took[len(took)/2], float64(found) / float64(max(1, wanted))}
}

// BenchmarkRowSecurity compares searches under permissions with PostgreSQL's
// row-level security over the same documents, each at a recall of 0.99: of the
// baselines' settings the quickest that reaches it counts.
func BenchmarkRowSecurity(b *testing.B) {
	w := newBenchWorld(b)
	inMemory := w.ours(Config{Memory: 8 << 30, IndexFrom: 1 << 30, StatementTimeout: time.Hour})
	inSQL := w.ours(Config{IndexFrom: 1 << 30, StatementTimeout: time.Hour})
	theirs := w.theirs()
	searches := []search{w.search(inMemory, "ours", store.Exact), w.search(inSQL, "ours, in SQL alone", store.Filtered)}
	for _, policy := range []rowsecurity.Policy{rowsecurity.Exists, rowsecurity.Tuned} {
		for _, index := range []rowsecurity.Index{rowsecurity.None, rowsecurity.HNSW} {
			searches = append(searches, search{string(policy) + ", " + string(index), func(p principal, query []float32) []eyeshot.Object {
				found, err := theirs.Search(b.Context(), policy, index, p.subject, query, benchResults)
				require.NoError(b, err)
				return found
			}})
		}
	}
	require.Eventually(b, func() bool { // until the copy is loaded
		p := w.principals()[0]
		searches[0].run(p, w.vectors[0])
		inMemory.memories.mu.Lock()
		defer inMemory.memories.mu.Unlock()
		for _, m := range inMemory.memories.byTenant {
			return m.rows == len(w.vectors)
		}
		return false
	}, 10*time.Minute, 100*time.Millisecond)
	for b.Loop() {
		w.compare(searches)
	}
}

func (w *benchWorld) compare(searches []search) {
	ratios := map[string][]float64{} // printed, since a benchmark's log is cut
	for _, p := range w.principals() {
		var queries [][]float32
		var truth [][]eyeshot.Object
		for range benchQueries {
			query := w.around(w.centres[w.rng.IntN(benchProjects)])
			queries, truth = append(queries, query), append(truth, w.nearest(p, query))
		}
		results := map[string]measured{}
		for _, s := range searches {
			s.run(p, queries[0]) // the first has a plan to make
			results[s.name] = w.measure(s, p, queries, truth)
			fmt.Printf("%5.1f%% allowed  %-20s p50 %9.3f ms  recall@10 %.3f\n", 100*float64(p.projects)/benchProjects, s.name, float64(results[s.name].p50)/1e6, results[s.name].recall)
		}
		for _, policy := range []string{"exists", "tuned"} {
			best := time.Duration(math.MaxInt64)
			for _, index := range []string{", none", ", hnsw"} {
				if r := results[policy+index]; r.recall >= 0.99 {
					best = min(best, r.p50)
				}
			}
			for _, ours := range searches[:2] {
				ratios[policy+" / "+ours.name] = append(ratios[policy+" / "+ours.name], float64(best)/float64(results[ours.name].p50))
			}
		}
	}
	for name, list := range ratios {
		slices.Sort(list)
		fmt.Printf("%-30s median ratio %.1f, from %.1f to %.1f\n", name, (list[len(list)/2]+list[(len(list)-1)/2])/2, list[0], list[len(list)-1])
	}
}
