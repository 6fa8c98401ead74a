package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

// faultyFGA is a remote OpenFGA server with something in front of it that has
// bad days. Behind it is a real one, which a test can reach past the faults.
type faultyFGA struct {
	t      testing.TB
	real   http.RoundTripper
	server *httptest.Server
	fault  atomic.Pointer[fault]
	calls  atomic.Int64 // since the fault was set
}

// fault answers a call in OpenFGA's place. forward asks the real server.
type fault func(c *fgaCall)

// fgaCall is one call of OpenFGA on its way.
type fgaCall struct {
	operation string // "batch-check", "write", "read", "changes", …
	n         int    // counted from 1 since the fault was set
	body      []byte
	request   *http.Request
	w         http.ResponseWriter
	forward   func() (status int, body []byte)
}

func newFaultyFGA(t testing.TB) *faultyFGA {
	t.Helper()
	f := &faultyFGA{t: t, real: authztest.Transport(t)}
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	return f
}

// set puts a fault in; nil heals.
func (f *faultyFGA) set(fault fault) {
	f.calls.Store(0)
	if fault == nil {
		f.fault.Store(nil)
		return
	}
	f.fault.Store(&fault)
}

// ServeHTTP implements http.Handler.
func (f *faultyFGA) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	c := &fgaCall{operation: request.URL.Path[strings.LastIndex(request.URL.Path, "/")+1:], n: int(f.calls.Add(1)), body: body, request: request, w: w}
	c.forward = func() (int, []byte) { return f.forward(request, body) }
	if fault := f.fault.Load(); fault != nil {
		(*fault)(c)
		return
	}
	c.pass()
}

func (f *faultyFGA) forward(request *http.Request, body []byte) (int, []byte) {
	clone := request.Clone(request.Context())
	clone.Body, clone.RequestURI = io.NopCloser(bytes.NewReader(body)), ""
	clone.URL.Scheme, clone.URL.Host = "http", "openfga.invalid"
	response, err := f.real.RoundTrip(clone)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return response.StatusCode, answer
}

func (c *fgaCall) answer(status int, body []byte) {
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body)
}

func (c *fgaCall) pass() { c.answer(c.forward()) }

// checks answers a BatchCheck with what change makes of the real verdicts, which
// are by correlation id.
func (c *fgaCall) checks(change func(verdicts map[string]json.RawMessage)) {
	status, body := c.forward()
	var answer struct {
		Result map[string]json.RawMessage `json:"result"`
	}
	if json.Unmarshal(body, &answer) != nil {
		panic(http.ErrAbortHandler)
	}
	change(answer.Result)
	body, err := json.Marshal(answer)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	c.answer(status, body)
}

// onChecks limits a fault to BatchCheck.
func onChecks(f fault) fault {
	return func(c *fgaCall) {
		if c.operation != "batch-check" {
			c.pass()
			return
		}
		f(c)
	}
}

// elsewhere changes relationships past the product and past all faults, as
// another program would that writes to the same OpenFGA store.
func (f *faultyFGA) elsewhere(tenant string, writes, deletes []string) {
	f.t.Helper()
	client, err := authz.NewClient(authz.Config{Transport: f.real})
	require.NoError(f.t, err)
	defer client.Close()
	ids, err := client.FindStores(f.t.Context(), "eyeshot/"+tenant)
	require.NoError(f.t, err)
	require.Len(f.t, ids, 1)
	require.NoError(f.t, client.Store(ids[0], "").Write(f.t.Context(), authztest.Tuples(f.t, writes...), authztest.Tuples(f.t, deletes...)))
}
