package pgvector

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// plan returns how PostgreSQL goes about a statement.
func (w *world) plan(tx pgx.Tx, sql string, p parameters) string {
	w.Helper()
	rows, err := tx.Query(w.Context(), "EXPLAIN "+sql, p...)
	require.NoError(w, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(w, err)
	return strings.Join(lines, "\n")
}

func TestAFewDocumentsAreScoredByTheirNumbers(t *testing.T) {
	w := newWorld(t, Config{}, 20_000)
	w.transaction(func(tx pgx.Tx, tenant *tenant) {
		var p parameters
		list := w.semanticList(tx, tenant, w.numberingAccess(5), w.near(w.centres[0]))
		plan := w.plan(tx, list.exact(&p, 2, 10), p)
		require.Contains(t, plan, "chunks_1_pkey", plan)
		require.NotContains(t, plan, "Seq Scan on chunks_1", plan)
	})
}

// numberingAccess is to the first documents, by their ids.
func (w *world) numberingAccess(n int) store.Access {
	return w.numbering.Access(w.objects[:n]...).By(store.Route{Way: store.Exact})
}

func TestMembershipsAreHeldAgainstSetsOfReadersByTheGINIndex(t *testing.T) {
	w := newWorld(t, Config{}, 100)
	_, err := w.others.Exec(t.Context(), `INSERT INTO readers_1 (tenant, digest, subjects)
		SELECT 1, decode(md5(i::text), 'hex'), ARRAY['user:u' || i, 'user:v' || i] FROM generate_series(1, 20000) i; ANALYZE readers_1`)
	require.NoError(t, err)
	w.transaction(func(tx pgx.Tx, tenant *tenant) {
		plan := w.plan(tx, readersQuery(tenant.id), parameters{tenant.id, []string{string(project(1))}})
		require.Contains(t, plan, "readers_1_subjects_idx", plan)
	})
}

func TestFilteredGoesByTheIndexOnReaders(t *testing.T) {
	w := newWorld(t, Config{}, 20_000)
	w.transaction(func(tx pgx.Tx, tenant *tenant) {
		var p parameters
		list := w.semanticList(tx, tenant, w.principal(1, store.Filtered), w.near(w.centres[0]))
		plan := w.plan(tx, list.exact(&p, 2, 10), p)
		require.Contains(t, plan, "chunks_1_tenant_readers_idx", plan)
	})
}

func TestFilteredReachesWhatIsBehindByItsNumber(t *testing.T) {
	w := newWorld(t, Config{}, 20_000)
	w.transaction(func(tx pgx.Tx, tenant *tenant) {
		var p parameters
		route := w.principal(1, store.Filtered).Route()
		route.Behind = w.objects[7:9]
		list := w.semanticList(tx, tenant, w.principal(1, store.Filtered).By(route), w.near(w.centres[0]))
		plan := w.plan(tx, list.exact(&p, 2, 10), p)
		require.Contains(t, plan, "BitmapOr", plan)
		require.Contains(t, plan, "chunks_1_tenant_readers_idx", plan)
		require.Contains(t, plan, "chunks_1_pkey", plan)
	})
}

func TestExactNeverGoesByHNSW(t *testing.T) {
	w := newWorld(t, Config{IndexFrom: 1000}, 3000)
	w.untilIndexed()
	w.transaction(func(tx pgx.Tx, tenant *tenant) {
		var p parameters
		list := w.semanticList(tx, tenant, store.AccessEverythingForTheGateToDecide(), w.near(w.centres[0]))
		require.NotContains(t, w.plan(tx, list.exact(&p, 2, 10), p), "hnsw")
	})
}

func TestUnfilteredAndWideFiltersGoByHNSW(t *testing.T) {
	w := newWorld(t, Config{IndexFrom: 1000}, 3000)
	w.untilIndexed()
	for name, access := range map[string]store.Access{
		"everything": store.AccessEverythingForTheGateToDecide(), "unfiltered": w.principal(45, store.Unfiltered), "filtered": w.principal(45, store.Filtered),
	} {
		w.transaction(func(tx pgx.Tx, tenant *tenant) {
			list := w.semanticList(tx, tenant, access, w.near(w.centres[0]))
			require.True(t, list.index, name)
			require.NoError(t, list.tune(t.Context(), tx, true))
			var p parameters
			plan := w.plan(tx, list.indexed(&p, 100), p)
			require.Contains(t, plan, "Index Scan using chunks_1_hnsw", name+"\n"+plan)
		})
	}
}

func TestKeywordsGoByTheGINIndexOnWords(t *testing.T) {
	w := newWorld(t, Config{}, 20_000)
	w.transaction(func(tx pgx.Tx, tenant *tenant) {
		list := newWording(tenant, selection{way: store.Unfiltered}, nil, keyword.Parse(w.tokenizer, "12345"))
		var p parameters
		plan := w.plan(tx, list.ranked(&p, 2, 10), p)
		require.Contains(t, plan, "passages_1_words_idx", plan)
	})
}
