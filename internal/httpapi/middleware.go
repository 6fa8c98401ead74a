package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/oklog/ulid/v2"
)

const requestIDHeader = "X-Request-Id"

var wellFormedID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID takes the caller's request id where it is harmless in a log, and
// makes one where it is not.
func (s *server) requestID(c *gin.Context) {
	id := c.GetHeader(requestIDHeader)
	if !wellFormedID.MatchString(id) {
		id = ulid.Make().String()
	}
	c.Set(requestIDHeader, id)
	c.Header(requestIDHeader, id)
	c.Next()
}

// observe logs and measures each request. It names the route, never the path:
// a path holds a document's id.
func (s *server) observe(c *gin.Context) {
	start := time.Now()
	c.Next()
	took := time.Since(start)
	route := c.FullPath()
	if route == "" {
		route = "none"
	}
	method := knownMethod(c.Request.Method)
	s.Observer.Request(route, method, c.Writer.Status(), took)
	level := slog.LevelInfo
	if c.Writer.Status() >= http.StatusInternalServerError && !wentAway(c) {
		level = slog.LevelError
	}
	s.Logger.LogAttrs(c.Request.Context(), level, "request",
		slog.String("id", c.GetString(requestIDHeader)), slog.String("method", method), slog.String("route", route),
		slog.Int("status", c.Writer.Status()), slog.Duration("took", took), slog.String("problem", c.GetString(problemKey)))
}

// knownMethod keeps what callers make up out of the metrics, where each new word
// would be a time series for ever, and out of the log.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// recoverPanic turns a panic into a 500. The stack goes to the log, nothing of
// it to the caller; and of the panic's value, which could hold anything, only
// what Go's runtime says.
func (s *server) recoverPanic(c *gin.Context) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if cause == http.ErrAbortHandler {
			panic(cause)
		}
		reason := fmt.Sprintf("%T", cause)
		if fault, ok := cause.(runtime.Error); ok {
			reason = fault.Error()
		}
		s.Logger.Error("panic", "id", c.GetString(requestIDHeader), "route", c.FullPath(), "reason", reason, "stack", string(debug.Stack()))
		s.internal(c)
	}()
	c.Next()
}

// limit bounds the body and the time of a request.
func (s *server) limit(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, s.Limits.Body)
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.Limits.Request)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Cache-Control", "no-store")
	c.Next()
}
