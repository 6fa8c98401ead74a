package fgaserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// ErrClosed is what requests get after [Server.Close] has begun.
var ErrClosed = errors.New("fgaserver: the embedded OpenFGA server is closed")

// transport is an http.RoundTripper that calls a handler in this process. It
// never opens a connection, whatever the request's host says.
type transport struct {
	handler http.Handler
	flights *flights
}

// RoundTrip implements http.RoundTripper. An answer is complete when RoundTrip
// returns, except that of a streaming call, whose body is read as it comes.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	ctx, land, err := t.flights.takeOff(req.Context())
	if err != nil {
		return nil, err
	}
	inner := req.WithContext(ctx)
	if inner.Body == nil {
		inner.Body = http.NoBody
	}
	if streams(req) {
		return t.stream(req, inner, land)
	}
	defer land()
	w := &recorder{header: http.Header{}}
	t.handler.ServeHTTP(w, inner)
	// A client of a network gives up when its context ends; so does this one,
	// rather than take an answer that the end of the context may have cut.
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return w.response(req), nil
}

func streams(req *http.Request) bool {
	return strings.HasSuffix(req.URL.Path, "/streamed-list-objects")
}

// recorder is the http.ResponseWriter of an answer that is given at once.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// Flush implements http.Flusher.
func (w *recorder) Flush() {}

func (w *recorder) response(req *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	r := newResponse(req, w.status, w.header, io.NopCloser(&w.body))
	r.ContentLength = int64(w.body.Len())
	return r
}

func newResponse(req *http.Request, status int, header http.Header, body io.ReadCloser) *http.Response {
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", status, http.StatusText(status)),
		StatusCode:    status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          body,
		ContentLength: -1,
		Request:       req,
	}
}
