package authz_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const storeID, modelID = "01JXSTORE00000000000000000", "01JXMODEL00000000000000000"

// scripted is an OpenFGA whose every answer a test writes itself, to put in
// faults that a real server has only on a bad day.
type scripted struct {
	t      testing.TB
	answer func(call) reply

	mu    sync.Mutex
	calls []call
}

// call is one request that arrived.
type call struct {
	method, path string
	header       http.Header
	body         []byte
	n            int // counted from 0, over all requests
	request      *http.Request
}

// reply is what goes back. A status of 0 is 200; err breaks the connection.
type reply struct {
	status int
	body   string
	header http.Header
	err    error
}

func (s *scripted) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
		_ = request.Body.Close()
	}
	s.mu.Lock()
	c := call{method: request.Method, path: request.URL.RequestURI(), header: request.Header, body: body, n: len(s.calls), request: request}
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	answer := s.answer(c)
	if answer.err != nil {
		return nil, answer.err
	}
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
	if answer.header == nil {
		answer.header = http.Header{"Content-Type": {"application/json"}}
	}
	return &http.Response{
		StatusCode: answer.status, Header: answer.header, Request: request,
		Body: io.NopCloser(strings.NewReader(answer.body)),
	}, nil
}

func (s *scripted) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// newScripted makes a client without retries, so that each fault counts, of a
// server that answers as told.
func newScripted(t testing.TB, answer func(call) reply) (*authz.Store, *scripted) {
	t.Helper()
	return newScriptedWith(t, authz.Config{Retries: -1}, answer)
}

func newScriptedWith(t testing.TB, cfg authz.Config, answer func(call) reply) (*authz.Store, *scripted) {
	t.Helper()
	server := &scripted{t: t, answer: answer}
	cfg.Transport = server
	if cfg.RetryWait == 0 {
		cfg.RetryWait = time.Microsecond
	}
	client, err := authz.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client.Store(storeID, modelID), server
}

// batchRequest is a BatchCheck as OpenFGA reads it.
type batchRequest struct {
	Model       string `json:"authorization_model_id"`
	Consistency string `json:"consistency"`
	Checks      []struct {
		ID  string `json:"correlation_id"`
		Key struct {
			User, Relation, Object string
		} `json:"tuple_key"`
		Context map[string]any `json:"context"`
	} `json:"checks"`
}

func parseBatch(t testing.TB, c call) batchRequest {
	t.Helper()
	var batch batchRequest
	if err := json.Unmarshal(c.body, &batch); err != nil {
		t.Errorf("the request is not JSON: %v", err)
	}
	return batch
}

// answers writes a BatchCheck's answer from pairs of an id and its JSON, in that
// order and doubles included.
func answers(pairs ...string) reply {
	var b strings.Builder
	b.WriteString(`{"result":{`)
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", pairs[i], pairs[i+1])
	}
	b.WriteString("}}")
	return reply{body: b.String()}
}

// allowing answers every check of a batch alike.
func allowing(t testing.TB, c call) reply {
	t.Helper()
	var pairs []string
	for _, check := range parseBatch(t, c).Checks {
		pairs = append(pairs, check.ID, `{"allowed":true}`)
	}
	return answers(pairs...)
}

func checksOf(n int) []authz.Check {
	checks := make([]authz.Check, n)
	for i := range checks {
		checks[i] = authz.Check{Subject: "user:alice", Relation: "can_read", Object: eyeshot.Object(fmt.Sprintf("ticket:jira/PAY-%d", i))}
	}
	return checks
}
