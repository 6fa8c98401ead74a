package authz

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	openfga "github.com/openfga/go-sdk"

	"github.com/eyeshot-dev/eyeshot"
)

// callError is one failed call, already judged: kind is the project's error,
// retry whether trying again may help.
type callError struct {
	operation string
	status    int // 0 where no answer came
	code      string
	reason    string
	kind      error
	cause     error // a context's error, where that is what ended the call
	retry     bool
	after     time.Duration
}

func (e *callError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "openfga %s: %v", e.operation, e.kind)
	if e.status != 0 {
		fmt.Fprintf(&b, ": status %d", e.status)
	}
	if e.code != "" {
		b.WriteString(" " + e.code)
	}
	if e.reason != "" {
		b.WriteString(": " + e.reason)
	}
	return b.String()
}

func (e *callError) Unwrap() []error {
	if e.cause == nil {
		return []error{e.kind}
	}
	return []error{e.kind, e.cause}
}

// newCallError judges what the SDK returned. All of the SDK's API errors carry
// the status and the body; whatever does not is a failure of the network.
func newCallError(ctx context.Context, operation string, err error) *callError {
	failure := &callError{operation: operation, kind: eyeshot.ErrUnavailable}
	var answered interface {
		ResponseStatusCode() int
		ResponseHeader() http.Header
		Body() []byte
	}
	if !errors.As(err, &answered) {
		failure.reason = shorten(err.Error())
		failure.cause = contextError(ctx, err)
		failure.retry = failure.cause == nil
		return failure
	}
	failure.status = answered.ResponseStatusCode()
	failure.code, failure.reason = parseProblem(answered.Body())
	failure.after = retryAfter(answered.ResponseHeader())
	failure.judge()
	return failure
}

// judge turns OpenFGA's status and error code into the project's error.
//
// SECURITY: no answer of OpenFGA's is ever an "unauthenticated" or a
// "forbidden" of the caller's: it is our credentials that it speaks of. And a
// server that is not an OpenFGA (404 without its codes, a redirect, a page of a
// proxy) is unavailable, not a store without permissions.
func (e *callError) judge() {
	switch {
	case e.status == http.StatusUnauthorized || e.status == http.StatusForbidden:
		e.kind, e.reason = eyeshot.ErrUnavailable, "OpenFGA refused the credentials of authz"
	case e.status == http.StatusConflict:
		e.kind = eyeshot.ErrConflict
	case notFoundCodes(e.code):
		e.kind = eyeshot.ErrNotFound
	case e.status == http.StatusBadRequest && e.code != "cancelled" && e.code != "":
		e.kind = eyeshot.ErrInvalid
	case e.status == http.StatusNotFound:
		e.reason = "no such endpoint: is authz.url an OpenFGA of version 1.8 or later? " + e.reason
	case e.status == http.StatusTooManyRequests, e.status == http.StatusUnprocessableEntity, e.status >= 500:
		e.retry = true
	}
}

func notFoundCodes(code string) bool {
	switch code {
	case "store_id_not_found", "authorization_model_not_found", "latest_authorization_model_not_found":
		return true
	}
	return false
}

// parseProblem reads {"code": …, "message": …}, which a stream wraps in
// {"error": …}. A body of another shape gives nothing: it may hold anything.
func parseProblem(body []byte) (code, message string) {
	type problem struct {
		Code    any    `json:"code"`
		Message string `json:"message"`
	}
	var answer struct {
		problem
		Error *problem `json:"error"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return "", ""
	}
	found := answer.problem
	if answer.Error != nil {
		found = *answer.Error
	}
	if found.Code != nil {
		code = fmt.Sprint(found.Code)
	}
	return shorten(code), shorten(found.Message)
}

func contextError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	}
	return nil
}

// retryAfter reads the header's seconds; a date is ignored, since OpenFGA sends
// none and clocks differ.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// malformed is an answer that can't be read as what was asked for.
func malformed(operation string, cause error) error {
	return &callError{
		operation: operation, kind: eyeshot.ErrUnavailable,
		reason: "malformed answer: " + shorten(cause.Error()),
	}
}

// streamError is an error that came in the middle of a stream.
func streamError(ctx context.Context, operation string, err error) error {
	var status *openfga.StreamStatusError
	if !errors.As(err, &status) {
		return newCallError(ctx, operation, err)
	}
	return &callError{operation: operation, kind: eyeshot.ErrUnavailable, reason: shorten(status.Error())}
}

// shorten cuts a text of the server's to what an error message can take.
func shorten(s string) string {
	const most = 500
	if len(s) <= most {
		return s
	}
	s = s[:most]
	for !utf8.ValidString(s) && len(s) > most-utf8.UTFMax {
		s = s[:len(s)-1]
	}
	return s + "…"
}
