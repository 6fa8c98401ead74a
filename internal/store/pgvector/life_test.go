package pgvector

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/pgtest"
)

// openList opens a list that is longer than what one fetch gives, and reads its
// beginning, so that it holds a connection.
func (w *world) openList(ctx context.Context) (store.Lists, error) {
	lists, err := w.Search(ctx, acme, store.Query{Text: "ticket", Access: store.AccessEverythingForTheGateToDecide()})
	if err != nil {
		return lists, err
	}
	_, err = lists.Keyword.Next(ctx, 1)
	return lists, err
}

func TestASearchThatNobodyClosesLosesItsConnection(t *testing.T) {
	w := newWorld(t, Config{PoolSize: 1, IdleTimeout: 50 * time.Millisecond}, 500)
	lists, err := w.openList(t.Context())
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err = lists.Keyword.Scores(t.Context(), []eyeshot.ChunkRef{{Object: w.objects[0]}})
		return err != nil
	}, 10*time.Second, 100*time.Millisecond)
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	require.NoError(t, lists.Close())
	require.NotEmpty(t, w.top(store.AccessEverythingForTheGateToDecide(), w.near(w.centres[0]), 5), "the pool has a connection again")
}

func TestMoreSearchesThanThePoolAllowsWaitAndGiveUpInTime(t *testing.T) {
	w := newWorld(t, Config{PoolSize: 1}, 500)
	lists, err := w.openList(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = w.openList(ctx)
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	_, err = w.Passages(t.Context(), acme, []eyeshot.ChunkRef{{Object: w.objects[0]}})
	require.NoError(t, err, "reads never wait for searches")
	require.NoError(t, lists.Close())
	lists, err = w.openList(t.Context())
	require.NoError(t, err)
	require.NoError(t, lists.Close())
}

func TestAListAtItsEndHoldsNoConnection(t *testing.T) {
	w := newWorld(t, Config{PoolSize: 1}, 20)
	var open []store.Lists
	for range 5 {
		lists, err := w.openList(t.Context())
		require.NoError(t, err)
		open = append(open, lists)
	}
	for _, lists := range open {
		require.Len(t, w.drain(lists.Keyword), 19)
		scores, err := lists.Keyword.Scores(t.Context(), []eyeshot.ChunkRef{{Object: w.objects[0]}})
		require.NoError(t, err)
		require.Greater(t, scores[0], float32(0))
		require.NoError(t, lists.Close())
	}
}

func TestCloseEndsOpenSearches(t *testing.T) {
	w := newWorld(t, Config{}, 500)
	lists, err := w.openList(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.Close())
	_, err = lists.Keyword.Next(t.Context(), 1000)
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	require.NoError(t, lists.Close())
	_, err = w.openList(t.Context())
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
}

func TestTablesThatASearchHadOpenGoWithTheNextOpen(t *testing.T) {
	w := newWorld(t, Config{}, 500)
	lists, err := w.openList(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.DropIndex(t.Context(), acme))
	require.Len(t, w.drain(lists.Keyword), 499)
	require.NoError(t, lists.Close())
	s, err := Open(t.Context(), w.config)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	left, err := ids(t.Context(), s.others, "SELECT count(*) FROM pg_class WHERE relname LIKE 'chunks_1%'")
	require.NoError(t, err)
	require.Equal(t, []int64{0}, left)
}

func TestErrorsNameNeitherPasswordNorQuery(t *testing.T) {
	for _, dsn := range []string{
		"postgres://me:secret@127.0.0.1:1/db", "host=/nowhere user=me password=secret", "postgres://me:secret@127.0.0.1:1/db?secret", "secret secret", "postgres://secret:%zz@h/",
	} {
		_, err := Open(t.Context(), Config{DSN: dsn})
		require.Error(t, err, dsn)
		require.NotContains(t, err.Error(), "secret")
	}
	w := newWorld(t, Config{StatementTimeout: time.Minute}, 10)
	for _, text := range []string{"secret'", `secret \ ' & | ! <-> :*`, `"secret ' words"`, "secret\\* o'neil*"} {
		lists, err := w.Search(t.Context(), acme, store.Query{Text: text, Access: store.AccessEverythingForTheGateToDecide()})
		require.NoError(t, err)
		_, err = lists.Keyword.Next(t.Context(), 1)
		require.NoError(t, err, "no text is syntax")
		require.NoError(t, lists.Close())
	}
	_, err := w.others.Exec(t.Context(), "SELECT $1::text::tsquery", "secret & & &")
	require.ErrorContains(t, err, "secret", "PostgreSQL itself repeats it")
	require.ErrorIs(t, classify(err), eyeshot.ErrConflict)
	require.NotContains(t, classify(err).Error(), "secret")
}

func TestASchemaOfANewerVersionIsLeftAsItIs(t *testing.T) {
	w := newWorld(t, Config{}, 10)
	_, err := w.others.Exec(t.Context(), "INSERT INTO schema_version (version_id, is_applied) VALUES (99, true)")
	require.NoError(t, err)
	_, err = Open(t.Context(), w.config)
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.ErrorContains(t, err, "newer version")
}

func TestTwoSchemasInOneDatabaseNeverMeet(t *testing.T) {
	dsn := pgtest.DSN(t)
	for i, schema := range []string{"one", "two"} {
		s, err := Open(t.Context(), Config{DSN: dsn, Schema: schema})
		require.NoError(t, err)
		require.NoError(t, s.Prepare(t.Context(), acme, store.EmbeddingModel{Name: schema, Dimension: i + 1}))
		stats, err := s.Stats(t.Context(), acme)
		require.NoError(t, err)
		require.Equal(t, schema, stats.Model.Name)
		require.NoError(t, s.Close())
	}
}

func TestConnectionsThatTheServerEndedAreReplaced(t *testing.T) {
	w := newWorld(t, Config{PoolSize: 2}, 100)
	for range 3 {
		end := "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
		conn, err := connect(t.Context(), w.config)
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), end)
		require.NoError(t, err)
		require.NoError(t, conn.Close(t.Context()))
		require.NotEmpty(t, w.top(store.AccessEverythingForTheGateToDecide(), w.near(w.centres[0]), 5))
		_, err = w.Document(t.Context(), acme, w.objects[1])
		require.NoError(t, err)
		require.NoError(t, w.Delete(t.Context(), acme, w.objects[:1]))
	}
}
