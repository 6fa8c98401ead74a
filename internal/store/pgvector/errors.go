package pgvector

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/eyeshot-dev/eyeshot"
)

// errStoreClosed answers every call after Close.
var errStoreClosed = fmt.Errorf("%w: the store is closed", eyeshot.ErrUnavailable)

// classify says of an error of PostgreSQL, or of the way to it, whether a retry
// may help.
//
// SECURITY: messages of PostgreSQL repeat values and query text, those of a
// failed connection name its parameters. None of it gets into an error: what
// remains is the SQLSTATE, whose meaning PostgreSQL's manual lists.
func classify(err error) error {
	var postgres *pgconn.PgError
	switch {
	case err == nil, isOurs(err):
		return err
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("asking PostgreSQL: %w", context.Canceled)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: asking PostgreSQL: %w", eyeshot.ErrUnavailable, context.DeadlineExceeded)
	case errors.As(err, &postgres):
		return fmt.Errorf("%w: PostgreSQL answered SQLSTATE %s%s", kindOf(postgres.Code), postgres.Code, hint(postgres.Code))
	case errors.Is(err, pgx.ErrNoRows):
		return eyeshot.ErrNotFound
	}
	return fmt.Errorf("%w: PostgreSQL cannot be reached%s", eyeshot.ErrUnavailable, reason(err))
}

func isOurs(err error) bool {
	for _, ours := range []error{eyeshot.ErrInvalid, eyeshot.ErrConflict, eyeshot.ErrUnavailable, eyeshot.ErrNotFound} {
		if errors.Is(err, ours) {
			return true
		}
	}
	return false
}

// kindOf maps a SQLSTATE; see appendix A of PostgreSQL's manual.
func kindOf(code string) error {
	switch code[:min(2, len(code))] {
	case "22", "23", "54": // a value that it does not take, or more than it takes
		return eyeshot.ErrInvalid
	case "28", "3D", "3F", "42", "0A", "2F": // a role, a database, a table or an extension is missing
		return eyeshot.ErrConflict
	}
	return eyeshot.ErrUnavailable // connection, serialization, deadlock, resources, time-out, shutdown
}

func hint(code string) string {
	switch code {
	case "28P01", "28000":
		return " (the role or its password was refused)"
	case "3D000":
		return " (the database does not exist)"
	case "42501":
		return " (the role lacks a privilege)"
	case "57014":
		return " (the statement took too long)"
	case "25P03":
		return " (the search was idle for too long)"
	case "53300":
		return " (too many connections)"
	case "0A000", "58P01":
		return " (is the extension pgvector installed?)"
	}
	return ""
}

// reason is what the operating system says of a connection, which names no
// parameter.
func reason(err error) string {
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Err != nil {
		return ": " + operation.Op + ": " + errors.Unwrap(operation).Error()
	}
	return ""
}

// isTransient says that a transaction may be tried again at once: the server
// rolled it back for the sake of another one, or the connection had broken. All
// that the store does may be done twice, so it does not matter how far it got.
func isTransient(err error) bool {
	var postgres *pgconn.PgError
	if errors.As(err, &postgres) {
		return slices.Contains([]string{"40001", "40P01", "57P01", "57P02"}, postgres.Code)
	}
	return err != nil && !isOurs(err) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, pgx.ErrNoRows)
}
