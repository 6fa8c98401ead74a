package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func recallTests() []test {
	return []test{
		{"TheTenNearestAreFoundAtEverySelectivity", func(h *harness) { newRecallWorld(h).measure() }},
	}
}

// The world that recall is measured in: clusters of documents, a cluster to a
// project, as texts of one project lie near each other. Clusters and filters
// that go together are what an approximate index finds hard.
const (
	recallClusters  = 100
	recallDimension = 64
	recallGoal      = 0.99
)

type recallWorld struct {
	*harness
	rng       *rand.Rand
	numbering *Numbering
	vectors   [][]float32
}

func newRecallWorld(h *harness) *recallWorld {
	w := &recallWorld{harness: h, rng: rand.New(rand.NewPCG(3, 4)), numbering: NewNumbering()}
	require.NoError(h, h.DropIndex(h.ctx(), acme))
	require.NoError(h, h.Prepare(h.ctx(), acme, store.EmbeddingModel{Name: "recall", Dimension: recallDimension}))
	var centres [][]float32
	for range recallClusters {
		centres = append(centres, randomUnit(w.rng, recallDimension))
	}
	var lot []store.Record
	for i := range recallDocuments {
		v := near(w.rng, centres[i%recallClusters])
		w.vectors = append(w.vectors, v)
		record := document(numbered(i), eyeshot.Chunk{Text: "text", Vector: v})
		record.Readers = []eyeshot.Subject{recallProject(i % recallClusters), recallReader(i)}
		if lot = append(lot, record); len(lot) == 1000 {
			h.upsert(lot...)
			lot = nil
		}
	}
	return w
}

func recallProject(cluster int) eyeshot.Subject {
	return eyeshot.Subject(fmt.Sprintf("project:p%d#viewer", cluster))
}

func recallReader(i int) eyeshot.Subject { return eyeshot.Subject(fmt.Sprintf("user:u%d", i)) }

// near returns a unit vector around another.
func near(rng *rand.Rand, centre []float32) []float32 {
	v, noise := make([]float32, len(centre)), randomUnit(rng, len(centre))
	sum := 0.0
	for i := range v {
		v[i] = centre[i] + 0.9*noise[i]
		sum += float64(v[i]) * float64(v[i])
	}
	return unit(v, sum)
}

// measure prints recall@10 for each way and selectivity, and fails below the goal.
func (w *recallWorld) measure() {
	ways := append(slices.Clone(w.Capabilities().Ways), store.Any)
	for _, share := range []float64{0.001, 0.01, 0.05, 0.2, 0.5, 0.9, 1} {
		access, memberships := w.principal(share)
		questions := w.ask(access)
		for _, way := range ways {
			recall := w.recall(access.By(store.Route{Way: way, Memberships: memberships}), questions)
			w.Logf("%5.1f%% allowed, %-10s recall@10 %.3f", 100*share, way, recall)
			require.GreaterOrEqual(w, recall, recallGoal, "%g allowed, %s", share, way)
		}
	}
}

// principal may read whole projects, and below the size of one some documents.
func (w *recallWorld) principal(share float64) (store.Access, []eyeshot.Subject) {
	var memberships []eyeshot.Subject
	var mine []eyeshot.Object
	projects := int(share * recallClusters)
	for c := range projects {
		memberships = append(memberships, recallProject(c))
	}
	for i := range recallDocuments {
		if i%recallClusters < projects {
			mine = append(mine, numbered(i))
		}
	}
	for i := 0; len(mine) < int(share*recallDocuments); i += 997 {
		mine, memberships = append(mine, numbered(i%recallDocuments)), append(memberships, recallReader(i%recallDocuments))
	}
	slices.Sort(memberships)
	return w.numbering.Access(mine...), memberships
}

// question is a query with its true answer.
type question struct {
	vector []float32
	want   []eyeshot.Object
}

func (w *recallWorld) ask(access store.Access) []question {
	var all []question
	for range recallQueries {
		vector := near(w.rng, w.vectors[w.rng.IntN(len(w.vectors))])
		all = append(all, question{vector, w.nearest(vector, access)})
	}
	return all
}

func (w *recallWorld) recall(access store.Access, questions []question) float64 {
	w.Helper()
	found, wanted := 0, 0
	for _, q := range questions {
		lists, err := w.Search(w.ctx(), acme, store.Query{Vector: q.vector, Access: access})
		require.NoError(w, err)
		hits, err := lists.Semantic.Next(w.ctx(), 10)
		require.NoError(w, err)
		require.NoError(w, lists.Close())
		wanted += len(q.want)
		for _, hit := range hits {
			if slices.Contains(q.want, hit.Ref.Object) {
				found++
			}
		}
		require.Len(w, hits, len(q.want), "a short list")
	}
	if wanted == 0 {
		return 1
	}
	return float64(found) / float64(wanted)
}

// nearest is the truth: the ten nearest allowed documents with a similarity
// above 0.
func (w *recallWorld) nearest(query []float32, access store.Access) []eyeshot.Object {
	type near struct {
		object eyeshot.Object
		score  float64
	}
	var all []near
	for i, v := range w.vectors {
		if score := exactDot(query, v); score > 0 && access.Documents().Contains(numbered(i)) {
			all = append(all, near{numbered(i), score})
		}
	}
	slices.SortFunc(all, func(a, b near) int { return cmp.Compare(b.score, a.score) })
	var out []eyeshot.Object
	for _, one := range all[:min(10, len(all))] {
		out = append(out, one.object)
	}
	return out
}
