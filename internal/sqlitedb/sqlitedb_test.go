package sqlitedb_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/sqlitedb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	createNotes = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT) STRICT"
	addAuthor   = "ALTER TABLE notes ADD COLUMN author TEXT NOT NULL DEFAULT 'nobody'"
)

func config(t *testing.T, migrations ...string) sqlitedb.Config {
	t.Helper()
	return sqlitedb.Config{Path: filepath.Join(t.TempDir(), "odd name ?#%20 &.db"), ApplicationID: 4711, Migrations: migrations}
}

func open(t *testing.T, config sqlitedb.Config) *sqlitedb.DB {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestOpenCreatesTheFileAtExactlyThePathGiven(t *testing.T) {
	config := config(t, createNotes)
	open(t, config)
	require.FileExists(t, config.Path)
}

func TestOnlyTheOwnerMayReadTheFiles(t *testing.T) {
	config := config(t, createNotes)
	open(t, config)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(config.Path + suffix)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), suffix)
	}
}

func TestWhatOneConnectionCommitsTheReadersSee(t *testing.T) {
	db := open(t, config(t, createNotes))
	_, err := db.Write.Exec("INSERT INTO notes (text) VALUES ('hello')")
	require.NoError(t, err)
	var text string
	require.NoError(t, db.Read.QueryRow("SELECT text FROM notes").Scan(&text))
	require.Equal(t, "hello", text)
}

func TestReadersCannotWrite(t *testing.T) {
	db := open(t, config(t, createNotes))
	_, err := db.Read.Exec("INSERT INTO notes (text) VALUES ('hello')")
	require.Error(t, err)
}

func TestAReaderNeverWaitsForAWriter(t *testing.T) {
	db := open(t, config(t, createNotes))
	tx, err := db.Write.Begin()
	require.NoError(t, err)
	defer func() { _ = tx.Rollback() }()
	_, err = tx.Exec("INSERT INTO notes (text) VALUES ('not yet')")
	require.NoError(t, err)
	var n int
	require.NoError(t, db.Read.QueryRow("SELECT count(*) FROM notes").Scan(&n))
	require.Zero(t, n)
}

func TestReopeningRunsOnlyTheMigrationsThatAreMissing(t *testing.T) {
	config := config(t, createNotes)
	db := open(t, config)
	_, err := db.Write.Exec("INSERT INTO notes (text) VALUES ('kept')")
	require.NoError(t, err)
	require.NoError(t, db.Close())

	config.Migrations = append(config.Migrations, addAuthor)
	db = open(t, config)
	var text, author string
	require.NoError(t, db.Read.QueryRow("SELECT text, author FROM notes").Scan(&text, &author))
	require.Equal(t, []string{"kept", "nobody"}, []string{text, author})
}

func TestAFailedMigrationLeavesTheOldSchema(t *testing.T) {
	config := config(t, createNotes)
	require.NoError(t, open(t, config).Close())

	broken := config
	broken.Migrations = []string{createNotes, addAuthor, "CREATE TABLE notes (x)"}
	_, err := sqlitedb.Open(t.Context(), broken)
	require.ErrorContains(t, err, "migrate to schema 3")

	db := open(t, config)
	_, err = db.Read.Exec("SELECT author FROM notes")
	require.ErrorContains(t, err, "author")
}

func TestAFileOfANewerSchemaIsRefusedAndLeftAlone(t *testing.T) {
	config := config(t, createNotes, addAuthor)
	require.NoError(t, open(t, config).Close())
	before, err := os.ReadFile(config.Path)
	require.NoError(t, err)

	config.Migrations = config.Migrations[:1]
	_, err = sqlitedb.Open(t.Context(), config)
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.ErrorContains(t, err, "newer version of eyeshot (schema 2, this version knows up to 1)")

	after, err := os.ReadFile(config.Path)
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestAnotherProgramsDatabaseIsRefused(t *testing.T) {
	config := config(t, createNotes)
	plain, err := sql.Open("sqlite", filepath.Join(filepath.Dir(config.Path), "theirs.db"))
	require.NoError(t, err)
	_, err = plain.Exec("CREATE TABLE theirs (x)")
	require.NoError(t, err)
	require.NoError(t, plain.Close())

	config.Path = filepath.Join(filepath.Dir(config.Path), "theirs.db")
	_, err = sqlitedb.Open(t.Context(), config)
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.ErrorContains(t, err, "another program")
}

func TestAFileThatIsNoDatabaseIsRefusedWithWhatToDo(t *testing.T) {
	config := config(t, createNotes)
	require.NoError(t, os.WriteFile(config.Path, []byte(strings.Repeat("not a database. ", 1000)), 0o600))
	_, err := sqlitedb.Open(t.Context(), config)
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.ErrorContains(t, err, "damaged or no SQLite database")
}

func TestAMissingFolderIsUnavailable(t *testing.T) {
	config := config(t, createNotes)
	config.Path = filepath.Join(filepath.Dir(config.Path), "missing", "index.db")
	_, err := sqlitedb.Open(t.Context(), config)
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
}

func TestAFullDiskIsUnavailableAndLosesNothing(t *testing.T) {
	db := open(t, config(t, createNotes))
	_, err := db.Write.Exec("INSERT INTO notes (text) VALUES ('kept')")
	require.NoError(t, err)
	_, err = db.Write.Exec("PRAGMA max_page_count = 3")
	require.NoError(t, err)

	_, err = db.Write.Exec("INSERT INTO notes (text) VALUES (?)", strings.Repeat("x", 100_000))
	err = sqlitedb.Classify(err)
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	require.ErrorContains(t, err, "no space is left")

	var n int
	require.NoError(t, db.Read.QueryRow("SELECT count(*) FROM notes").Scan(&n))
	require.Equal(t, 1, n)
}

func TestClassifyLeavesOtherErrorsAlone(t *testing.T) {
	for _, err := range []error{nil, context.Canceled, os.ErrNotExist, sql.ErrNoRows} {
		require.Equal(t, err, sqlitedb.Classify(err))
	}
}
