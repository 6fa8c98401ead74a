package pgvector

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/pgtest"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
)

// drain reads a cursor to its end.
func (w *world) drain(cursor store.Cursor) []store.Hit {
	w.Helper()
	hits, err := cursor.Next(w.Context(), 100_000)
	require.NoError(w, err)
	return hits
}

// unfiltered opens both lists of a search without any filter in SQL: as a query
// would be that somebody got wrong.
func (w *world) unfiltered(access store.Access, everything store.Access) (semantic, words store.Cursor) {
	w.Helper()
	v, t, err := w.open(w.Context(), acme)
	require.NoError(w, err)
	require.NoError(w, w.confine(w.Context(), v.tx, t, confinementOf(access)))
	query := store.Query{Vector: w.near(w.centres[0])}
	semantic = w.newCursor(v, everything, newSemantic(w.config, t, selection{way: store.Unfiltered}, query))
	words = w.newCursor(v, everything, newWording(t, selection{way: store.Unfiltered}, nil, keyword.Parse(w.tokenizer, "ticket")))
	return semantic, words
}

func TestWithoutItsFilterASearchStillGivesNothingBeyondTheAccess(t *testing.T) {
	w := newWorld(t, Config{}, 1000)
	access := w.principal(2, store.Any)
	semantic, words := w.unfiltered(access, access)
	for _, cursor := range []store.Cursor{semantic, words} {
		scores, err := cursor.Scores(t.Context(), []eyeshot.ChunkRef{{Object: w.objects[0]}, {Object: w.objects[2]}})
		require.NoError(t, err)
		require.Greater(t, scores[0], float32(0))
		require.Zero(t, scores[1], "not even a score")
		hits := w.drain(cursor)
		require.NotEmpty(t, hits)
		for _, hit := range hits {
			require.True(t, access.Documents().Contains(hit.Ref.Object))
		}
		require.NoError(t, cursor.Close())
	}
}

// The second lock: no filter in SQL, and no cut in the driver either.
func TestRowSecurityHoldsWhereEverythingElseFails(t *testing.T) {
	w := newWorld(t, Config{RowSecurity: true}, 1000)
	access := w.principal(2, store.Filtered)
	semantic, words := w.unfiltered(access, store.AccessEverythingForTheGateToDecide())
	for _, cursor := range []store.Cursor{semantic, words} {
		hits := w.drain(cursor)
		require.NotEmpty(t, hits)
		for _, hit := range hits {
			require.True(t, access.Documents().Contains(hit.Ref.Object), hit.Ref)
		}
		require.NoError(t, cursor.Close())
	}
}

func TestRowSecurityLetsASearchSeeItsTenantItsReadersAndWhatIsBehind(t *testing.T) {
	w := newWorld(t, Config{RowSecurity: true}, 200)
	require.NoError(t, w.Prepare(t.Context(), "other", store.EmbeddingModel{Name: "m", Dimension: dimension}))
	theirs := store.Record{Object: "ticket:jira/theirs", Readers: []eyeshot.Subject{project(0)}}
	require.NoError(t, w.Upsert(t.Context(), "other", []store.Record{theirs}))
	for name, test := range map[string]struct {
		confinement
		want int
	}{
		"nothing is set":            {confinement{}, 0},
		"a membership":              {confinement{memberships: []eyeshot.Subject{project(3)}}, 4},
		"two, and a document":       {confinement{memberships: []eyeshot.Subject{project(3), project(4)}, documents: w.objects[:1]}, 9},
		"a membership that is none": {confinement{memberships: []eyeshot.Subject{"user:nobody"}}, 0},
		"everything of the tenant":  {confinement{everything: true}, 200},
	} {
		v, tenant, err := w.open(t.Context(), acme)
		require.NoError(t, err)
		require.NoError(t, w.confine(t.Context(), v.tx, tenant, test.confinement))
		for _, kind := range []string{"documents_1", "chunks_1", "passages_1"} {
			require.Equal(t, test.want, count(t, v.tx, kind), "%s: %s", name, kind)
		}
		require.Zero(t, count(t, v.tx, "documents_2"), "the other tenant's")
		v.end()
	}
}

func count(t *testing.T, tx pgx.Tx, table string) int {
	t.Helper()
	var n int
	require.NoError(t, tx.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

func TestRowSecurityIsPutOnAndTakenOffAsConfigured(t *testing.T) {
	w := newWorld(t, Config{}, 100)
	config := w.config
	for _, on := range []bool{true, false} {
		config.RowSecurity = on
		s, err := Open(t.Context(), config)
		require.NoError(t, err)
		var enabled, forced bool
		require.NoError(t, s.others.QueryRow(t.Context(), "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'chunks_1'::regclass").Scan(&enabled, &forced))
		require.Equal(t, []bool{on, on}, []bool{enabled, forced})
		w.Store, s = s, w.Store
		require.Len(t, w.top(w.principal(projects, store.Filtered), w.near(w.centres[0]), 5), 5)
		w.Store, s = s, w.Store
		require.NoError(t, s.Close())
	}
}

// Superusers are above policies; the role that people connect with is not.
func TestRowSecurityWorksForAnOwnerThatIsNoSuperuser(t *testing.T) {
	superuser := pgtest.DSN(t)
	conn, err := pgx.Connect(t.Context(), superuser)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	role := fmt.Sprintf("eyeshot_test_%d", time.Now().UnixNano())
	_, err = conn.Exec(t.Context(), fmt.Sprintf("CREATE ROLE %[1]s CREATEROLE; CREATE EXTENSION vector; CREATE SCHEMA %[1]s AUTHORIZATION %[1]s", role))
	require.NoError(t, err)
	defer func() {
		_, err := conn.Exec(t.Context(), fmt.Sprintf("DROP OWNED BY %[1]s, %[1]s_reader; DROP ROLE %[1]s, %[1]s_reader", role))
		require.NoError(t, err)
	}()
	s, err := Open(t.Context(), Config{DSN: superuser + " options='-c role=" + role + "'", Schema: role, RowSecurity: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	w := &world{TB: t, Store: s, rng: rand.New(rand.NewPCG(1, 2)), numbering: storetest.NewNumbering()}
	require.NoError(t, w.Prepare(t.Context(), acme, store.EmbeddingModel{Name: "m", Dimension: dimension}))
	for range projects {
		w.centres = append(w.centres, w.near(make([]float32, dimension)))
	}
	w.fill(200)
	require.NoError(t, w.Delete(t.Context(), acme, w.objects[:1]))
	require.NoError(t, w.SetReaders(t.Context(), acme, []store.DocumentReaders{{Object: w.objects[1], Readers: []eyeshot.Subject{project(2)}}}))
	require.Len(t, w.top(w.principal(3, store.Filtered), w.centres[0], 100), len(w.top(w.principal(3, store.Exact), w.centres[0], 100)))
	semantic, words := w.unfiltered(w.principal(2, store.Filtered), store.AccessEverythingForTheGateToDecide())
	require.LessOrEqual(t, len(w.drain(semantic)), 6)
	require.Len(t, w.drain(words), 6, "four of each project, less one that is gone and one that was moved")
}
