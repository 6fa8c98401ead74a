package httpsource

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/eyeshot-dev/eyeshot"
)

// Errors of listings. Both are [eyeshot.ErrUnavailable]: reading again may give
// the whole.
var (
	// ErrTruncated: a listing holds less than it says it does.
	ErrTruncated = fmt.Errorf("%w: the listing was cut short", eyeshot.ErrUnavailable)
	// ErrDrift: a listing changed while it was read, so that entries may have
	// been missed.
	ErrDrift = fmt.Errorf("%w: the listing changed while it was read", eyeshot.ErrUnavailable)
)

// StatusError is an answer whose status is not 2xx. It is
// [eyeshot.ErrUnauthenticated] for 401, [eyeshot.ErrForbidden] for 403,
// [eyeshot.ErrNotFound] for 404 and 410, [eyeshot.ErrUnavailable] for 408, 425,
// 429 and 5xx, and [eyeshot.ErrInvalid] for the rest.
type StatusError struct {
	Status int
	Method string
	Path   string // without the query
	// Body is the answer, at most 4 KiB of it, for a connector that can read
	// it. It is not part of the text: it may quote what was sent.
	Body []byte
}

// Error names the request and the status.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s %s: status %d %s", e.Method, e.Path, e.Status, http.StatusText(e.Status))
}

// Unwrap returns the error of Eyeshot that the status stands for.
func (e *StatusError) Unwrap() error {
	switch {
	case e.Status == http.StatusUnauthorized:
		return eyeshot.ErrUnauthenticated
	case e.Status == http.StatusForbidden:
		return eyeshot.ErrForbidden
	case e.Status == http.StatusNotFound || e.Status == http.StatusGone:
		return eyeshot.ErrNotFound
	case passing(e.Status):
		return eyeshot.ErrUnavailable
	}
	return eyeshot.ErrInvalid
}

// Status returns the status that err carries, or 0.
func Status(err error) int {
	var status *StatusError
	if errors.As(err, &status) {
		return status.Status
	}
	return 0
}

// passing says whether a repetition may have another answer.
func passing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500 && status != http.StatusNotImplemented
}
