package embedded_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded"
)

func open(t *testing.T, dir string) *embedded.Store {
	t.Helper()
	s, err := embedded.Open(t.Context(), embedded.Config{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// filled opens a store with one lot in it.
func filled(t *testing.T, dir string) *embedded.Store {
	t.Helper()
	s := open(t, dir)
	require.NoError(t, s.Prepare(t.Context(), crashTenant, store.EmbeddingModel{Name: "crash", Dimension: crashNumbers}))
	require.NoError(t, s.Upsert(t.Context(), crashTenant, crashRecords(1)))
	return s
}

// execute runs a statement on the file behind the store's back.
func execute(t *testing.T, dir, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, embedded.FileName))
	require.NoError(t, err)
	_, err = db.Exec(statement)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

func TestAFileOfANewerVersionIsRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, filled(t, dir).Close())
	execute(t, dir, "PRAGMA user_version = 99")
	_, err := embedded.Open(t.Context(), embedded.Config{Dir: dir})
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.ErrorContains(t, err, "newer version of eyeshot (schema 99")
}

func TestADamagedFileIsRefusedWithWhatToDo(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, dir string){
		"no database": func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, embedded.FileName), []byte(strings.Repeat("rubbish ", 4096)), 0o600))
		},
		"pages overwritten": func(t *testing.T, dir string) {
			path := filepath.Join(dir, embedded.FileName)
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			for i := 4096; i < len(content); i++ {
				content[i] = 0xAA
			}
			require.NoError(t, os.WriteFile(path, content, 0o600))
		},
		"cut off": func(t *testing.T, dir string) {
			require.NoError(t, os.Truncate(filepath.Join(dir, embedded.FileName), 3*4096))
		},
		"a vector too short":    func(t *testing.T, dir string) { execute(t, dir, "UPDATE vectors SET vector = x'00'") },
		"metadata that is none": func(t *testing.T, dir string) { execute(t, dir, "UPDATE documents SET metadata = '{'") },
		"a time that is none":   func(t *testing.T, dir string) { execute(t, dir, "UPDATE documents SET updated_at = 'soon'") },
		"an orphan":             func(t *testing.T, dir string) { execute(t, dir, "UPDATE documents SET tenant = 77") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, filled(t, dir).Close())
			damage(t, dir)
			_, err := embedded.Open(t.Context(), embedded.Config{Dir: dir})
			require.ErrorIs(t, err, eyeshot.ErrConflict)
			require.ErrorContains(t, err, "damaged")
			require.ErrorContains(t, err, "restore a backup")
		})
	}
}

func TestAMissingDirectoryIsUnavailable(t *testing.T) {
	_, err := embedded.Open(t.Context(), embedded.Config{Dir: filepath.Join(t.TempDir(), "missing")})
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
}

func TestAClosedStoreSaysSo(t *testing.T) {
	s := filled(t, t.TempDir())
	lists, err := s.Search(t.Context(), crashTenant, store.Query{Text: "version", Access: store.AccessEverythingForTheGateToDecide()})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "closing again is no error")

	_, err = s.Document(t.Context(), crashTenant, "ticket:crash/1-1")
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	_, err = s.Search(t.Context(), crashTenant, store.Query{Text: "x"})
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	require.ErrorIs(t, s.Upsert(t.Context(), crashTenant, nil), eyeshot.ErrUnavailable)
	require.ErrorIs(t, s.Prepare(t.Context(), "new", store.EmbeddingModel{Name: "m", Dimension: 1}), eyeshot.ErrUnavailable)

	hits, err := lists.Keyword.Next(t.Context(), 100)
	require.NoError(t, err, "an open list reads memory alone")
	require.NotEmpty(t, hits)
	require.NoError(t, lists.Close())
}

// TestManyReplacementsChangeNoAnswer writes the same documents so often that
// memory is compacted many times, while a list stays open.
func TestManyReplacementsChangeNoAnswer(t *testing.T) {
	s := open(t, t.TempDir())
	require.NoError(t, s.Prepare(t.Context(), crashTenant, store.EmbeddingModel{Name: "crash", Dimension: crashNumbers}))
	var all []store.Record
	for group := range 60 {
		for _, record := range crashRecords(1) {
			object := eyeshot.Object(fmt.Sprintf("%s-%d", record.Object, group))
			record.Object = object
			for n := range record.Chunks {
				record.Chunks[n].Object = object
				record.Chunks[n].Text += strings.Repeat(" often", 70*(group%2)) + fmt.Sprint(" g", group)
			}
			record.Metadata = map[string]any{"group": float64(group), "even": group%2 == 0}
			all = append(all, record)
		}
	}
	require.NoError(t, s.Upsert(t.Context(), crashTenant, all))
	query := store.Query{Text: "often version g7", Vector: []float32{1, 0, 0, 0, 0, 0, 0, 0}, Access: store.AccessEverythingForTheGateToDecide(),
		Where: store.Compare{Key: "group", Op: store.Lt, Value: 40.0}}
	want := hits(t, s, query)
	require.NotEmpty(t, want)
	open, err := s.Search(t.Context(), crashTenant, query)
	require.NoError(t, err)
	for range 30 {
		require.NoError(t, s.Upsert(t.Context(), crashTenant, all))
		require.Equal(t, want, hits(t, s, query))
	}
	require.Equal(t, want, drain(t, open))
	require.NoError(t, open.Close())
}

func hits(t *testing.T, s *embedded.Store, query store.Query) []store.Hit {
	t.Helper()
	lists, err := s.Search(t.Context(), crashTenant, query)
	require.NoError(t, err)
	defer func() { require.NoError(t, lists.Close()) }()
	return drain(t, lists)
}

func drain(t *testing.T, lists store.Lists) []store.Hit {
	t.Helper()
	var all []store.Hit
	for _, cursor := range []store.Cursor{lists.Semantic, lists.Keyword} {
		hits, err := cursor.Next(t.Context(), 10_000)
		require.NoError(t, err)
		all = append(all, hits...)
	}
	return all
}

// TestAnswersDoNotDependOnTheNumberOfWorkers scans enough rows to share out.
func TestAnswersDoNotDependOnTheNumberOfWorkers(t *testing.T) {
	records := crashRecords(1)[:1]
	const wide = 4096
	rows := 900 // more than a few workers' least
	records[0].Chunks = nil
	for n := range rows {
		vector := make([]float32, wide)
		for i := range vector {
			vector[i] = float32((n*31+i*17)%101-50) / 1866 // of unit length, nearly
		}
		records[0].Chunks = append(records[0].Chunks, eyeshot.Chunk{ChunkRef: eyeshot.ChunkRef{Object: records[0].Object, N: n}, Text: "x", Vector: vector})
	}
	var want []store.Hit
	dir := t.TempDir()
	for _, workers := range []int{1, 2, 3, 7} {
		s, err := embedded.Open(t.Context(), embedded.Config{Dir: dir, Workers: workers})
		require.NoError(t, err)
		if want == nil {
			require.NoError(t, s.Prepare(t.Context(), crashTenant, store.EmbeddingModel{Name: "wide", Dimension: wide}))
			require.NoError(t, s.Upsert(t.Context(), crashTenant, records))
		}
		got := hits(t, s, store.Query{Vector: records[0].Chunks[3].Vector, Text: "x", Access: store.AccessEverythingForTheGateToDecide()})
		if want == nil {
			want = got
		}
		require.Equal(t, want, got, "%d workers", workers)
		require.NoError(t, s.Close())
	}
}
