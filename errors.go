package eyeshot

import (
	"errors"
	"fmt"
)

// Errors that cross package boundaries. Test for them with [errors.Is]; each
// HTTP status and each exit code is chosen from these and from nothing else.
var (
	// ErrUnauthenticated: no principal could be established.
	ErrUnauthenticated = errors.New("unauthenticated")
	// ErrForbidden: the principal lacks a role for an operation (never used for
	// a document: what may not be read is [ErrNotFound]).
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound: it does not exist, or the principal may not know that it does.
	ErrNotFound = errors.New("not found")
	// ErrInvalid: the input is wrong and will stay wrong; see [InvalidError].
	ErrInvalid = errors.New("invalid input")
	// ErrUnavailable: a part that permissions or content depend on cannot be
	// reached or timed out. A retry may succeed. It always fails closed.
	ErrUnavailable = errors.New("unavailable")
	// ErrConflict: the state on disk or in the store does not allow it.
	ErrConflict = errors.New("conflict")
)

// InvalidError names what is wrong with an input and what is allowed.
type InvalidError struct {
	Field  string // what is wrong: "relation", "limit", "documents[3].id"
	Value  string // the value as given, cut to a length that a log can take
	Reason string // what is allowed
}

// Error names the field, the value and the reason.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("%s %q %s", e.Field, e.Value, e.Reason)
}

// Is makes every InvalidError an [ErrInvalid].
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

// Invalid builds an [InvalidError]; a long value is cut.
func Invalid(field, value, reason string) *InvalidError {
	const most = 80
	if runes := []rune(value); len(runes) > most {
		value = string(runes[:most]) + "…"
	}
	return &InvalidError{Field: field, Value: value, Reason: reason}
}

func invalid(field, value, reason string) error { return Invalid(field, value, reason) }
