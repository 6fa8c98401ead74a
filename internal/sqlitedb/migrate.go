package sqlitedb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
)

// verify reads the file's header and changes nothing: what is not ours, or
// newer than we are, stays exactly as it is.
func verify(ctx context.Context, db *sql.DB, config Config) error {
	version, err := pragma(ctx, db, "user_version")
	if err != nil {
		return err
	}
	application, err := pragma(ctx, db, "application_id")
	if err != nil {
		return err
	}
	tables, err := pragma(ctx, db, "schema_version") // 0 for an empty file
	if err != nil {
		return err
	}
	isNew := application == 0 && version == 0 && tables == 0
	switch {
	case !isNew && application != int64(config.ApplicationID):
		return fmt.Errorf("%w: it is a SQLite database of another program", eyeshot.ErrConflict)
	case version > int64(len(config.Migrations)):
		return fmt.Errorf("%w: it was written by a newer version of eyeshot (schema %d, this version knows up to %d): update eyeshot, or use another data directory",
			eyeshot.ErrConflict, version, len(config.Migrations))
	}
	return nil
}

// migrate runs the scripts that the file lacks in one transaction: after a
// crash the file has either the old schema or the new one.
func migrate(ctx context.Context, db *sql.DB, config Config) error {
	version, err := pragma(ctx, db, "user_version")
	if err != nil || version == int64(len(config.Migrations)) {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect after Commit
	for i, script := range config.Migrations[version:] {
		if _, err := tx.ExecContext(ctx, script); err != nil {
			return fmt.Errorf("migrate to schema %d: %w", int(version)+i+1, err)
		}
	}
	// Pragmas take no parameters; both values are integers of this program.
	mark := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", config.ApplicationID, len(config.Migrations))
	if _, err := tx.ExecContext(ctx, mark); err != nil {
		return err
	}
	return tx.Commit()
}

func pragma(ctx context.Context, db *sql.DB, name string) (int64, error) {
	var value int64
	err := db.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value)
	return value, err
}
