package redmine_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
)

// line is between a connector and a real Redmine: it puts faults into the
// answers, and remembers them until something is changed, since the checks of
// the contract read the same hundreds of times.
type line struct {
	real *http.Transport

	mu       sync.Mutex
	answers  map[string]*remembered
	spoiled  int // issue
	requests int
	from     int // the request from which on things go wrong; 0: never
	how      connectortest.Fault
}

type remembered struct {
	status int
	header http.Header
	body   []byte
}

func newLine() *line {
	return &line{real: &http.Transport{DisableKeepAlives: true}, answers: map[string]*remembered{}}
}

func (l *line) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers = map[string]*remembered{}
}

func (l *line) breakAt(n int, how connectortest.Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.from, l.how = l.requests+n, how
}

func (l *line) heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.from = 0
}

// spoil lets an issue no longer say whether it is private.
func (l *line) spoil(issue int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spoiled = issue
}

func (l *line) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
	answer, err := l.remember(request)
	if err != nil {
		return nil, err
	}
	status, body := answer.status, l.without(answer.body)
	if l.from > 0 && l.requests >= l.from {
		status, body = l.fault(status, body)
	}
	return &http.Response{StatusCode: status, Header: answer.header, Body: io.NopCloser(bytes.NewReader(body)), Request: request}, nil
}

func (l *line) remember(request *http.Request) (*remembered, error) {
	key := request.URL.String() + " " + request.Header.Get("X-Redmine-Switch-User")
	if known := l.answers[key]; known != nil {
		return known, nil
	}
	response, err := l.real.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	l.answers[key] = &remembered{response.StatusCode, response.Header, body}
	return l.answers[key], err
}

func (l *line) fault(status int, body []byte) (int, []byte) {
	if l.how == connectortest.Failing {
		return http.StatusInternalServerError, nil
	}
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil || answer["total_count"] == nil {
		if l.how == connectortest.Truncated {
			body = body[:len(body)/2] // not a listing in pages: it can only be cut off
		}
		return status, body
	}
	for key, value := range answer {
		entries, _ := value.([]any)
		switch {
		case len(entries) > 0 && l.how == connectortest.Truncated:
			answer[key] = entries[:len(entries)-1]
		case len(entries) > 1 && l.how == connectortest.Drift:
			entries[len(entries)-1] = entries[0]
		}
	}
	body, _ = json.Marshal(answer)
	return status, body
}

// without takes the flag out of the spoiled issue.
func (l *line) without(body []byte) []byte {
	if l.spoiled == 0 || !strings.Contains(string(body), `"is_private"`) {
		return body
	}
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil {
		return body
	}
	take := func(value any) {
		if issue, ok := value.(map[string]any); ok && issue["id"] == float64(l.spoiled) {
			delete(issue, "is_private")
		}
	}
	take(answer["issue"])
	if list, ok := answer["issues"].([]any); ok {
		for _, issue := range list {
			take(issue)
		}
	}
	body, _ = json.Marshal(answer)
	return body
}
