package fgaserver

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
)

// stream answers a streaming call: it returns when the handler has begun to
// answer, and the body is what the handler goes on to write. The handler runs
// until it is done or until the body is closed or the request's context ends.
func (t *transport) stream(req, inner *http.Request, land func()) (*http.Response, error) {
	ctx, cancel := context.WithCancel(inner.Context())
	// The body is read by the handler, which outlives RoundTrip.
	body, err := io.ReadAll(inner.Body)
	if err != nil {
		cancel()
		land()
		return nil, err
	}
	inner = inner.WithContext(ctx)
	inner.Body = io.NopCloser(bytes.NewReader(body))
	r, w := io.Pipe()
	out := &pipeWriter{header: http.Header{}, pipe: w, begun: make(chan struct{})}
	go func() {
		defer land()
		defer cancel()
		t.handler.ServeHTTP(out, inner)
		out.WriteHeader(http.StatusOK)
		// SECURITY: a list that was cut off must not look like one that ended.
		w.CloseWithError(context.Cause(ctx))
	}()
	select {
	case <-out.begun:
		return newResponse(req, out.status, out.sent, &pipeBody{r, cancel}), nil
	case <-ctx.Done():
		r.CloseWithError(context.Cause(ctx))
		return nil, context.Cause(ctx)
	}
}

// pipeWriter is the http.ResponseWriter of an answer that is read while it is
// written. Write waits for the reader, so nothing piles up.
type pipeWriter struct {
	header http.Header
	pipe   *io.PipeWriter
	once   sync.Once
	begun  chan struct{}
	// status and sent are set before begun is closed and not after it.
	status int
	sent   http.Header
}

// Header implements http.ResponseWriter.
func (w *pipeWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *pipeWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.begun)
	})
}

// Write implements http.ResponseWriter.
func (w *pipeWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.pipe.Write(p)
}

// Flush implements http.Flusher.
func (w *pipeWriter) Flush() { w.WriteHeader(http.StatusOK) }

// pipeBody is the body that the client reads. Closing it stops the handler.
type pipeBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

// Close implements io.Closer.
func (b *pipeBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}
