package embedded

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func openIn(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func keywordHits(t *testing.T, s *Store, text string) []store.Hit {
	t.Helper()
	lists, err := s.Search(t.Context(), "acme", store.Query{Text: text, Access: store.AccessEverythingForTheGateToDecide()})
	require.NoError(t, err)
	hits, err := lists.Keyword.Next(t.Context(), 100)
	require.NoError(t, err)
	require.NoError(t, lists.Close())
	return hits
}

// TestAFullDiskIsSaidClearlyAndLosesNothing gives the file a few pages and no
// more, as a disk would.
func TestAFullDiskIsSaidClearlyAndLosesNothing(t *testing.T) {
	dir := t.TempDir()
	s := openIn(t, dir)
	require.NoError(t, s.Prepare(t.Context(), "acme", store.EmbeddingModel{Name: "m", Dimension: 2}))
	require.NoError(t, s.Upsert(t.Context(), "acme", []store.Record{recordOf("ticket:a/kept", "kept words")}))
	_, err := s.db.Write.Exec("PRAGMA max_page_count = 60")
	require.NoError(t, err)

	var failure error
	for i := 0; failure == nil; i++ {
		record := recordOf(eyeshot.Object(fmt.Sprintf("ticket:a/%d", i)), "kept "+strings.Repeat("more ", 2000))
		if failure = s.Upsert(t.Context(), "acme", []store.Record{record, recordOf("ticket:a/kept", "changed")}); failure == nil {
			require.NoError(t, s.Upsert(t.Context(), "acme", []store.Record{recordOf("ticket:a/kept", "kept words")}))
		}
	}
	require.ErrorIs(t, failure, eyeshot.ErrUnavailable)
	require.ErrorContains(t, failure, "no space is left")
	require.Empty(t, keywordHits(t, s, "changed"), "the failed lot left something in memory")
	require.Len(t, keywordHits(t, s, `"kept words"`), 1)
	before := keywordHits(t, s, "kept")

	_, err = s.db.Write.Exec("PRAGMA max_page_count = 1000000")
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s = openIn(t, dir)
	require.Equal(t, before, keywordHits(t, s, "kept"))
	require.NoError(t, s.Upsert(t.Context(), "acme", []store.Record{recordOf("ticket:a/kept", "changed")}), "there is room again")
	require.Len(t, keywordHits(t, s, "changed"), 1)
}

func recordOf(object eyeshot.Object, texts ...string) store.Record {
	record := store.Record{Object: object}
	for n, text := range texts {
		record.Chunks = append(record.Chunks, eyeshot.Chunk{ChunkRef: eyeshot.ChunkRef{Object: object, N: n}, Text: text, Vector: []float32{1, 0}})
	}
	return record
}

func TestAWriteThatIsCancelledChangesNothing(t *testing.T) {
	s := openIn(t, t.TempDir())
	require.NoError(t, s.Prepare(t.Context(), "acme", store.EmbeddingModel{Name: "m", Dimension: 2}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	records := []store.Record{recordOf("ticket:a/1", "word")}
	require.ErrorIs(t, s.Upsert(ctx, "acme", records), context.Canceled)
	require.Empty(t, keywordHits(t, s, "word"))

	s.writing <- struct{}{} // somebody else writes
	require.ErrorIs(t, s.Upsert(ctx, "acme", records), context.Canceled)
	<-s.writing
}

func TestQueryTextNeverGetsIntoErrors(t *testing.T) {
	s := openIn(t, t.TempDir())
	require.NoError(t, s.Prepare(t.Context(), "acme", store.EmbeddingModel{Name: "m", Dimension: 2}))
	tenant, err := s.tenant("acme")
	require.NoError(t, err)
	tx, state, err := s.pin(t.Context(), tenant)
	require.NoError(t, err)
	_, err = match(t.Context(), tx, tenant.id, state, "secret AND (") // as if a quote had been forgotten
	require.ErrorContains(t, err, "syntax error", "FTS5 repeats what it is given")
	require.NoError(t, tx.Rollback())
	require.ErrorIs(t, withoutText(err), eyeshot.ErrUnavailable)
	require.NotContains(t, withoutText(err).Error(), "syntax error")
}
