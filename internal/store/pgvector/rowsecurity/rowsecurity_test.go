package rowsecurity_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/pgtest"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/rowsecurity"
)

func TestEachPolicyShowsAMemberItsDocumentsAndNoOther(t *testing.T) {
	d := loaded(t, pgtest.DSN(t))
	for _, policy := range []rowsecurity.Policy{rowsecurity.Exists, rowsecurity.Tuned} {
		for _, index := range []rowsecurity.Index{rowsecurity.None, rowsecurity.HNSW} {
			for member, wants := range map[eyeshot.Subject][]eyeshot.Object{
				"user:ann": {"ticket:a/1", "ticket:a/2"}, "user:bob": {"ticket:a/3"}, "user:nobody": {},
			} {
				found, err := d.Search(t.Context(), policy, index, member, []float32{1, 0}, 10)
				require.NoError(t, err)
				require.Equal(t, wants, found, "%s, %s: %s", policy, index, member)
			}
			bytes, err := d.Bytes(t.Context(), policy, index)
			require.NoError(t, err)
			require.Positive(t, bytes)
		}
	}
	require.NoError(t, d.Close(t.Context()))
}

// loaded has three documents: ann is in the project of two, bob in that of one.
func loaded(t *testing.T, dsn string) *rowsecurity.Database {
	t.Helper()
	d, err := rowsecurity.Open(t.Context(), dsn, 2)
	require.NoError(t, err)
	require.NoError(t, d.Load(t.Context(), []rowsecurity.Document{
		{Object: "ticket:a/1", Readers: []eyeshot.Subject{"project:a/P#viewer", "user:bill"}, Text: "one", Vector: []float32{1, 0}},
		{Object: "ticket:a/2", Readers: []eyeshot.Subject{"project:a/P#viewer"}, Text: "two", Vector: []float32{0.8, 0.6}},
		{Object: "ticket:a/3", Readers: []eyeshot.Subject{"project:a/Q#viewer"}, Text: "three", Vector: []float32{0.6, 0.8}},
	}, map[eyeshot.Subject][]eyeshot.Subject{"user:ann": {"project:a/P#viewer", "user:ann"}, "user:bob": {"project:a/Q#viewer", "user:bob"}}))
	require.NoError(t, d.Finish(t.Context()))
	return d
}

func TestABenchmarkLeavesNothingOnTheServerEvenWhenItIsBrokenOff(t *testing.T) {
	dsn := pgtest.DSN(t)
	before := inventory(t, dsn)
	ctx, stop := context.WithCancel(t.Context())
	scratch, err := rowsecurity.NewScratch(ctx, dsn)
	require.NoError(t, err)
	require.NotEmpty(t, scratch.Versions["pgvector"])
	d := loaded(t, scratch.DSN)
	processor, err := scratch.Processor(ctx)
	require.NoError(t, err)
	if processor != nil { // the server is on this machine, which tells
		require.NoError(t, processor.Refresh(ctx))
		require.Positive(t, processor.Used())
		processor.Close(ctx)
	}
	bytes, err := scratch.Size(ctx, "rls_%")
	require.NoError(t, err)
	require.Positive(t, bytes)
	require.NotEqual(t, before, inventory(t, dsn), "a database and roles are there")
	stop()
	_, err = d.Search(ctx, rowsecurity.Tuned, rowsecurity.None, "user:ann", []float32{1, 0}, 1)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, d.Close(ctx))
	require.NoError(t, scratch.Drop(ctx))
	require.Equal(t, before, inventory(t, dsn))
}

// inventory lists what belongs to the whole server.
func inventory(t *testing.T, dsn string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	rows, err := conn.Query(t.Context(), "SELECT datname FROM pg_database WHERE datname LIKE 'eyeshot\\_bench\\_%' UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE 'eyeshot\\_bench\\_%' ORDER BY 1")
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return all
}

func TestAServerThatWillNotDoIsRefusedWithoutTellingTheConnectionString(t *testing.T) {
	dsn := pgtest.DSN(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	role := "eyeshot_test_role_" + strings.ToLower(t.Name()[:8])
	_, err = conn.Exec(t.Context(), "CREATE ROLE "+role+" LOGIN PASSWORD 'hush'")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := conn.Exec(context.WithoutCancel(t.Context()), "DROP ROLE "+role)
		require.NoError(t, err)
		require.NoError(t, conn.Close(context.WithoutCancel(t.Context())))
	})
	for name, one := range map[string]struct {
		dsn, says string
		is        error
	}{
		"no string":    {"postgres://me:hush@:a", "connection string", eyeshot.ErrInvalid},
		"no server":    {"host=/nowhere user=me password=hush", "cannot be reached", eyeshot.ErrUnavailable},
		"no database":  {dsn + " user=" + role + " password=hush", "CREATEDB", eyeshot.ErrInvalid},
		"no such role": {dsn + " user=nobody_at_all password=hush", "SQLSTATE", eyeshot.ErrInvalid},
	} {
		if strings.Contains(dsn, "://") && strings.HasPrefix(one.dsn, dsn) {
			continue // a given server's string is a URL: a role can't be put behind it
		}
		_, err := rowsecurity.NewScratch(t.Context(), one.dsn)
		require.ErrorIs(t, err, one.is, name)
		require.ErrorContains(t, err, one.says, name)
		for _, part := range []string{"hush", "nowhere", "nobody_at_all", role} {
			require.NotContains(t, err.Error(), part, name)
		}
	}
}

func TestMain(m *testing.M) { pgtest.Main(m) }
