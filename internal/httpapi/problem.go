package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/eyeshot-dev/eyeshot"
)

const problemKey = "problem"

// problemPrefix starts the type of every problem document; what follows is
// stable and listed in docs/api.md.
const problemPrefix = "urn:eyeshot:problem:"

// Problem is an RFC 9457 problem document.
type Problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	Field     string `json:"field,omitempty"` // what of the request is wrong
	RequestID string `json:"request_id"`
}

func (s *server) problem(c *gin.Context, status int, slug, detail string) {
	s.writeProblem(c, Problem{Type: problemPrefix + slug, Status: status, Detail: detail})
}

func (s *server) writeProblem(c *gin.Context, problem Problem) {
	problem.Title = http.StatusText(problem.Status)
	problem.RequestID = c.GetString(requestIDHeader)
	c.Set(problemKey, problem.Type)
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(problem.Status, problem)
}

// fail turns an error into a problem document. Only what is wrong with the
// request itself is told; causes inside go to the log.
func (s *server) fail(c *gin.Context, err error) {
	var bad *eyeshot.InvalidError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		s.problem(c, http.StatusRequestEntityTooLarge, "too-large", "the body is larger than the limit")
	case errors.As(err, &bad):
		s.writeProblem(c, Problem{Type: problemPrefix + "invalid", Status: http.StatusBadRequest, Field: bad.Field, Detail: describe(bad)})
	case errors.Is(err, eyeshot.ErrInvalid):
		s.problem(c, http.StatusBadRequest, "invalid", err.Error())
	case errors.Is(err, eyeshot.ErrUnauthenticated):
		s.unauthenticated(c, err)
	case errors.Is(err, eyeshot.ErrForbidden):
		s.problem(c, http.StatusForbidden, "forbidden", "the principal lacks the role that this takes")
	case errors.Is(err, eyeshot.ErrNotFound):
		s.problem(c, http.StatusNotFound, "not-found", "there is no such document, or you may not read it")
	case errors.Is(err, eyeshot.ErrConflict):
		s.logCause(c, err)
		s.problem(c, http.StatusConflict, "conflict", err.Error())
	case errors.Is(err, eyeshot.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		s.logCause(c, err)
		c.Header("Retry-After", "1")
		s.problem(c, http.StatusServiceUnavailable, "unavailable", "a part that permissions or content depend on can't be reached; try again")
	default:
		s.logCause(c, err)
		s.internal(c)
	}
}

// failRead is fail for requests that change nothing: a state that does not fit
// is for operators to mend and nothing that a reader could resolve.
func (s *server) failRead(c *gin.Context, err error) {
	if errors.Is(err, eyeshot.ErrConflict) {
		s.logCause(c, err)
		s.internal(c)
		return
	}
	s.fail(c, err)
}

func (s *server) noSuchPath(c *gin.Context) {
	s.problem(c, http.StatusNotFound, "not-found", "no such path")
}

func (s *server) internal(c *gin.Context) {
	s.problem(c, http.StatusInternalServerError, "internal", "something went wrong; the log has the details under this request's id")
}

// describe is the error's text, without a pair of quotes where there is no value
// to show.
func describe(bad *eyeshot.InvalidError) string {
	if bad.Value == "" {
		return bad.Field + " " + bad.Reason
	}
	return bad.Error()
}

// logCause tells operators what the caller is not told. That a caller went away
// is no fault of the service's.
func (s *server) logCause(c *gin.Context, err error) {
	level := slog.LevelError
	if wentAway(c) {
		level = slog.LevelInfo
	}
	s.Logger.Log(c.Request.Context(), level, "request failed", "id", c.GetString(requestIDHeader), "route", c.FullPath(), "error", err.Error())
}

// wentAway says whether the client has closed the connection. A request that
// took too long ends with another error.
func wentAway(c *gin.Context) bool { return errors.Is(c.Request.Context().Err(), context.Canceled) }
