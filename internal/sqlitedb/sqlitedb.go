// Package sqlitedb opens a SQLite file the one way that this project does: in
// WAL mode with full synchronisation, its schema brought up to date, a file of
// a newer version or of another program refused, and SQLite's result codes
// turned into the project's errors. It knows no table and builds no query.
package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/eyeshot-dev/eyeshot"
)

// Config says which file to open and what it has to look like.
type Config struct {
	// Path of the file; it is created where it does not exist, its folder is not.
	Path string
	// ApplicationID marks the file as one of its kind (PRAGMA application_id),
	// so that another program's database is refused and never migrated.
	ApplicationID int32
	// Migrations are SQL scripts, oldest first. The n-th brings a schema of
	// version n-1 to version n; one that was released is never changed.
	Migrations []string
	// Readers bounds the connections that read side by side; 0 means one for
	// each processor, and at least two.
	Readers int
}

// DB is an open file: one connection that writes, and some that only read and
// never wait for it. Both are safe for concurrent use.
type DB struct {
	Write *sql.DB // transactions begin IMMEDIATE: they never fail half-way with "busy"
	Read  *sql.DB // query_only
}

// Open opens the file and brings its schema up to date, in one transaction.
//
// It fails with [eyeshot.ErrConflict] where the file is damaged, no SQLite
// database, another program's, or of a newer schema, and with
// [eyeshot.ErrUnavailable] where the disk or its permissions do not allow it.
func Open(ctx context.Context, config Config) (*DB, error) {
	if err := createPrivately(config.Path); err != nil {
		return nil, err
	}
	write, err := connect(config.Path, "_txlock=immediate", 1)
	if err != nil {
		return nil, err
	}
	read, err := connect(config.Path, "_query_only=1", readers(config.Readers))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	db := &DB{Write: write, Read: read}
	if err := db.prepare(ctx, config); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", config.Path, Classify(err)), db.Close())
	}
	return db, nil
}

// Close closes all connections; SQLite then folds the WAL into the file.
func (db *DB) Close() error {
	return errors.Join(db.Read.Close(), db.Write.Close())
}

// createPrivately makes sure that the file is there.
//
// SECURITY: it holds what others may not read, so only its owner may open it;
// SQLite gives the WAL and its index the permissions of the file itself.
func createPrivately(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the database file: %w: %w", eyeshot.ErrUnavailable, err)
	}
	return file.Close()
}

func (db *DB) prepare(ctx context.Context, config Config) error {
	if err := verify(ctx, db.Write, config); err != nil {
		return err
	}
	if err := useWAL(ctx, db.Write); err != nil {
		return err
	}
	return migrate(ctx, db.Write, config)
}

// useWAL is a statement of its own and not part of the connection string, so
// that a file is first verified and only then touched.
func useWAL(ctx context.Context, db *sql.DB) error {
	var mode string
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("the file system does not allow SQLite's WAL mode (it stays in mode %q)", mode)
	}
	return nil
}

// connect uses synchronous=FULL: a commit that was acknowledged survives a
// power cut, which a checkpoint kept elsewhere relies on.
func connect(path, option string, connections int) (*sql.DB, error) {
	pragmas := "&_busy_timeout=10000&_foreign_keys=1&_synchronous=FULL&_defensive=1&_dqs=0&_error_rc=1&_pragma=cache_size(-16000)"
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: option + pragmas}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

func readers(wanted int) int {
	if wanted > 0 {
		return wanted
	}
	return max(2, runtime.GOMAXPROCS(0))
}
