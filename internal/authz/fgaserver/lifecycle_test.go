package fgaserver

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatWasWrittenIsThereAfterReopening(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(context.Background(), Config{Dir: dir})
	require.NoError(t, err)
	_, w := withAccess(t, first)
	require.NoError(t, first.Close(context.Background()))
	c := sdk(t, open(t, Config{Dir: dir}), w)
	require.True(t, check(t, c, "user:ann", "ticket:1"))
	require.False(t, check(t, c, "user:bob", "ticket:1"))
}

func TestNobodyElseMayReadTheDatabase(t *testing.T) {
	dir := t.TempDir()
	_, _ = withAccess(t, open(t, Config{Dir: dir}))
	files, err := filepath.Glob(filepath.Join(dir, fileName+"*"))
	require.NoError(t, err)
	require.Greater(t, len(files), 1, "the log is beside the database")
	for _, file := range files {
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
	}
}

func TestAFileThatIsNoDatabaseIsRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, fileName), bytes.Repeat([]byte("not SQLite "), 1000), 0o600))
	_, err := Open(context.Background(), Config{Dir: dir})
	require.ErrorContains(t, err, fileName)
	require.ErrorContains(t, err, "file is not a database")
}

func TestADamagedDatabaseIsRefused(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(context.Background(), Config{Dir: dir, MaxTuplesPerWrite: 1000})
	require.NoError(t, err)
	newWorld(t, s, smallWorld)
	require.NoError(t, s.Close(context.Background()))
	path := filepath.Join(dir, fileName)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	for at := 3 * 4096; at < len(b); at++ {
		b[at] = 0xA5
	}
	require.NoError(t, os.WriteFile(path, b, 0o600))
	_, err = Open(context.Background(), Config{Dir: dir})
	require.ErrorContains(t, err, "malformed")
	require.ErrorContains(t, err, dir)
}

func TestADatabaseOfANewerVersionIsRefused(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(context.Background(), Config{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, s.Close(context.Background()))
	db, err := sql.Open("sqlite", dsn(filepath.Join(dir, fileName)))
	require.NoError(t, err)
	_, err = db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (4711, 1)`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	_, err = Open(context.Background(), Config{Dir: dir})
	require.ErrorContains(t, err, "version 4711")
	require.ErrorContains(t, err, "newer version")
}

func TestAConfigurationOutOfRangeIsRefused(t *testing.T) {
	for name, cfg := range map[string]Config{
		"Dir":                    {},
		"MaxTuplesPerWrite":      {Dir: t.TempDir(), MaxTuplesPerWrite: -1},
		"MaxChecksPerBatchCheck": {Dir: t.TempDir(), MaxChecksPerBatchCheck: -1},
		"ListObjectsMaxResults":  {Dir: t.TempDir(), ListObjectsMaxResults: 1 << 40},
	} {
		_, err := Open(context.Background(), cfg)
		require.ErrorContains(t, err, name)
	}
}

func TestADirectoryThatCannotBeMadeIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := Open(context.Background(), Config{Dir: filepath.Join(file, "sub")})
	require.ErrorContains(t, err, "directory of the authorization database")
}

func TestADirectoryMayHaveAnyName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "50% of what? #1 & ü")
	s := open(t, Config{Dir: dir})
	require.NoError(t, s.Ready(context.Background()))
	require.FileExists(t, filepath.Join(dir, fileName))
}

func TestEveryConnectionWaitsForTheDiskBeforeItSaysCommitted(t *testing.T) {
	db, err := openDatabase(context.Background(), t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer db.Close()
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2"} {
		var got string
		require.NoError(t, db.QueryRow("PRAGMA "+pragma).Scan(&got))
		require.Equal(t, want, got, pragma)
	}
}

func TestAClosedServerRefusesRequestsAndClosesOnce(t *testing.T) {
	s, err := Open(context.Background(), Config{Dir: t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, s.Ready(context.Background()))
	require.NoError(t, s.Close(context.Background()))
	require.NoError(t, s.Close(context.Background()))
	req, err := http.NewRequest(http.MethodGet, "http://openfga.internal/stores", nil)
	require.NoError(t, err)
	_, err = s.Transport().RoundTrip(req)
	require.ErrorIs(t, err, ErrClosed)
	require.Error(t, s.Ready(context.Background()))
}

func TestOpenFGAsWarningsReachTheLoggerAndItsChatterDoesNot(t *testing.T) {
	var out strings.Builder
	log := newLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo})))
	log.Info("chatter")
	log.Warn("careful")
	log.Fatal("and yet it lives")
	require.NotContains(t, out.String(), "chatter")
	require.Contains(t, out.String(), `level=WARN msg="openfga: careful"`)
	require.Contains(t, out.String(), "level=ERROR")
}

func TestAnUnknownPathIsOpenFGAsNotFound(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	client := http.Client{Transport: s.Transport()}
	res, err := client.Get("http://openfga.internal/nonsense")
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, res.StatusCode)
	require.Equal(t, "404 Not Found", res.Status)
	require.Contains(t, string(body), "undefined_endpoint")
}

func TestACancelledRequestFails(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("nobody waits")
	cancel(why)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://openfga.internal/stores", nil)
	require.NoError(t, err)
	_, err = s.Transport().RoundTrip(req)
	require.ErrorIs(t, err, why)
}
