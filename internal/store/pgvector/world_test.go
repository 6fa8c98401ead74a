package pgvector

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/pgtest"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
)

const (
	acme      = "acme"
	dimension = 32
	projects  = 50
)

// world is a store with clustered documents, a project each fifty apart.
type world struct {
	testing.TB
	*Store
	rng       *rand.Rand
	numbering *storetest.Numbering
	objects   []eyeshot.Object
	centres   [][]float32
}

func newWorld(t testing.TB, config Config, documents int) *world {
	t.Helper()
	config.DSN = pgtest.DSN(t)
	w := &world{TB: t, rng: rand.New(rand.NewPCG(1, 2)), numbering: storetest.NewNumbering()}
	var err error
	w.Store, err = Open(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	require.NoError(t, w.Prepare(t.Context(), acme, store.EmbeddingModel{Name: "m", Dimension: dimension}))
	for range projects {
		w.centres = append(w.centres, w.near(make([]float32, dimension)))
	}
	w.fill(documents)
	return w
}

func (w *world) fill(documents int) {
	w.Helper()
	var records []store.Record
	for range documents {
		i := len(w.objects)
		object := w.object(i)
		w.objects = append(w.objects, object)
		records = append(records, store.Record{
			Object: object, Title: "title", Hash: "h", UpdatedAt: time.Unix(int64(i), 0), Readers: []eyeshot.Subject{project(i)},
			Metadata: map[string]any{"project": float64(i % projects)},
			Chunks:   []eyeshot.Chunk{{ChunkRef: eyeshot.ChunkRef{Object: object}, Text: fmt.Sprint("words of ticket ", i), Vector: w.near(w.centres[i%projects])}},
		})
	}
	require.NoError(w, w.Upsert(w.Context(), acme, records))
	// An index that is built meanwhile may wait for ANALYZE while that waits for
	// it, which PostgreSQL ends by giving one of them up.
	require.Eventually(w, func() bool {
		_, err := w.others.Exec(w.Context(), "ANALYZE")
		return err == nil
	}, time.Minute, 20*time.Millisecond)
}

func project(i int) eyeshot.Subject {
	return eyeshot.Subject(fmt.Sprintf("project:jira/p%d#viewer", i%projects))
}

// near returns a unit vector around another.
func (w *world) near(centre []float32) []float32 {
	v, sum := make([]float32, len(centre)), 0.0
	for i := range v {
		v[i] = centre[i] + float32(w.rng.NormFloat64())/10
		sum += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

// principal is the member of so many projects.
func (w *world) principal(member int, way store.Way) store.Access {
	bitmap := roaring.New()
	w.numbering.Add(w.objects...)
	for i := range w.objects {
		if i%projects < member {
			bitmap.Add(uint32(i))
		}
	}
	var memberships []eyeshot.Subject
	for i := range member {
		memberships = append(memberships, project(i))
	}
	set := store.NewDocumentSet(w.numbering, map[string]*roaring.Bitmap{"ticket": bitmap})
	return store.AccessDocuments(set).By(store.Route{Way: way, Memberships: memberships})
}

// transaction runs do over one state, with the tenant's row.
func (w *world) transaction(do func(tx pgx.Tx, t *tenant)) {
	w.Helper()
	require.NoError(w, w.read(w.Context(), acme, "test", func(tx pgx.Tx, t *tenant) error {
		do(tx, t)
		return nil
	}))
}

// semanticList is the list that a search reads.
func (w *world) semanticList(tx pgx.Tx, t *tenant, access store.Access, vector []float32) *semantic {
	w.Helper()
	query := store.Query{Vector: vector, Access: access}
	selection, err := w.choose(w.Context(), tx, t, query)
	require.NoError(w, err)
	return newSemantic(w.config, t, selection, query)
}

// top returns the first hits of a search by vector.
func (w *world) top(access store.Access, vector []float32, n int) []store.Hit {
	w.Helper()
	lists, err := w.Search(w.Context(), acme, store.Query{Vector: vector, Access: access})
	require.NoError(w, err)
	hits, err := lists.Semantic.Next(w.Context(), n)
	require.NoError(w, err)
	require.NoError(w, lists.Close())
	return hits
}

func (w *world) object(i int) eyeshot.Object {
	return eyeshot.Object(fmt.Sprintf("ticket:jira/%06d", i))
}
