package fgaserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"github.com/openfga/openfga/assets"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // registers the database/sql driver "sqlite"
)

// fileName is the database's name in [Config.Dir].
const fileName = "openfga.db"

// pragmas are set on every connection.
//
//   - journal_mode(WAL): readers and the writer do not wait for each other.
//   - synchronous(FULL): a commit returns when the log is on the disk. NORMAL
//     would let a power failure take back the last commits, and with them a
//     revocation that somebody was told had happened.
//   - busy_timeout: checkpoints and connections that are being opened.
var pragmas = []string{"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(5000)"}

// openDatabase opens the SQLite file in dir, creates it if there is none, and
// brings its schema up to what this version of OpenFGA wants.
func openDatabase(ctx context.Context, dir string, log *slog.Logger) (*sql.DB, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the directory of the authorization database: %w", err)
	}
	path := filepath.Join(dir, fileName)
	if err := createPrivately(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("open the authorization database %s: %w", path, err)
	}
	// OpenFGA's resolvers hold a connection for every open iterator, so the
	// number is not limited; a limit could make them wait for each other.
	db.SetMaxIdleConns(16)
	if err := migrate(ctx, db, log); err != nil {
		return nil, errors.Join(fmt.Errorf("authorization database %s: %w", path, err), db.Close())
	}
	return db, nil
}

// createPrivately makes sure that the file is there.
//
// SECURITY: it says who may read what, so only its owner may open it; SQLite
// gives the log beside it the permissions of the file itself.
func createPrivately(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("create the authorization database: %w", err)
	}
	return file.Close()
}

func dsn(path string) string {
	// A write transaction takes the write lock when it begins, not when it
	// first writes: a lock that cannot be upgraded fails at once.
	q := url.Values{"_txlock": {"immediate"}, "_pragma": pragmas}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// migrate runs OpenFGA's own migrations. It refuses a database of a newer
// version, whose tables may mean something else.
func migrate(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	migrations, err := fs.Sub(assets.EmbedMigrations, assets.SqliteMigrationDir)
	if err != nil {
		return fmt.Errorf("find OpenFGA's migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations,
		goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return fmt.Errorf("prepare OpenFGA's migrations: %w", err)
	}
	has, knows, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version (is this an OpenFGA SQLite database?): %w", err)
	}
	if has > knows {
		return fmt.Errorf("its schema has version %d, and this program knows versions up to %d: it was written by a newer version, use that or restore an older backup", has, knows)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate the schema from version %d to %d: %w", has, knows, err)
	}
	for _, m := range done {
		log.Debug("authorization database migrated", "version", m.Source.Version)
	}
	return nil
}
