package sqlitedb

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/eyeshot-dev/eyeshot"
)

// Classify wraps an error of SQLite in the project's error that says whether a
// retry may help: [eyeshot.ErrUnavailable] for a full disk, a lock or failing
// I/O, [eyeshot.ErrConflict] for a damaged, foreign or read-only file. Errors
// that already are the project's, a context's, and all others pass unchanged.
// Result codes: https://www.sqlite.org/rescode.html
func Classify(err error) error {
	var failure *sqlite.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, eyeshot.ErrConflict), errors.Is(err, eyeshot.ErrInvalid), errors.Is(err, eyeshot.ErrNotFound), errors.Is(err, eyeshot.ErrUnavailable):
		return err
	case !errors.As(err, &failure):
		return err
	}
	const primary = 0xff // the low byte of an extended result code
	switch failure.Code() & primary {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: no space is left for the database, nothing was changed: %w", eyeshot.ErrUnavailable, err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w: another process holds the database: %w", eyeshot.ErrUnavailable, err)
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL:
		return fmt.Errorf("%w: the database cannot be read or written: %w", eyeshot.ErrUnavailable, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: the file is damaged or no SQLite database; restore a backup, or remove it and ingest again: %w", eyeshot.ErrConflict, err)
	case sqlite3.SQLITE_READONLY:
		return fmt.Errorf("%w: the database is read-only: %w", eyeshot.ErrConflict, err)
	case sqlite3.SQLITE_TOOBIG:
		return fmt.Errorf("%w: a value is too large for the database: %w", eyeshot.ErrInvalid, err)
	}
	return err
}
