package openai_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed/openai"
)

// within runs the test in a bubble of its own time, with an embedder whose
// network is the given one.
func within(t *testing.T, network http.RoundTripper, test func(t *testing.T, e *openai.Embedder)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := connect(t, "http://embeddings.test", nil)
		e.UseTransport(network)
		test(t, e)
	})
}

func TestTemporaryStatusesAreTriedAgain(t *testing.T) {
	for _, code := range []int{429, 500, 502, 503, 504, 599} {
		server := newFake(t, status(code), status(code))
		within(t, handled{server}, func(t *testing.T, e *openai.Embedder) {
			if _, err := e.Embed(t.Context(), []string{"refund"}); err != nil || len(server.requests) != 3 {
				t.Errorf("status %d: %d requests, error %v; want success at the third", code, len(server.requests), err)
			}
		})
	}
}

func TestOtherStatusesAreFinal(t *testing.T) {
	for _, code := range []int{201, 204, 301, 307, 400, 401, 403, 404, 405, 413, 422} {
		server := newFake(t, status(code))
		within(t, handled{server}, func(t *testing.T, e *openai.Embedder) {
			_, err := e.Embed(t.Context(), []string{"refund"})
			if !errors.Is(err, eyeshot.ErrInvalid) || !strings.Contains(err.Error(), fmt.Sprint(code)) || len(server.requests) != 1 {
				t.Errorf("status %d: %d requests, error %v; want one and ErrInvalid", code, len(server.requests), err)
			}
		})
	}
}

// network is a wire that breaks with the given errors, one a request, before
// it works.
type network struct {
	errs []error
	next http.RoundTripper
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	if len(n.errs) == 0 {
		return n.next.RoundTrip(r)
	}
	err := n.errs[0]
	n.errs = n.errs[1:]
	return nil, err
}

func TestFailedConnectionsAreTriedAgain(t *testing.T) {
	wire := &network{next: handled{newFake(t)}, errs: []error{
		&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}, io.EOF, io.ErrUnexpectedEOF, errors.New("http2: stream closed"),
	}}
	within(t, wire, func(t *testing.T, e *openai.Embedder) {
		if _, err := e.Embed(t.Context(), []string{"refund"}); err != nil || len(wire.errs) != 0 {
			t.Errorf("error %v with %d failures to come", err, len(wire.errs))
		}
	})
}

func TestAnAnswerThatBreaksOffIsAskedForAgain(t *testing.T) {
	breaksOff := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(`{"data":[{"index":0,`))
	}
	server := newFake(t, breaksOff)
	if _, err := serve(t, server, nil).Embed(t.Context(), []string{"refund"}); err != nil || len(server.requests) != 2 {
		t.Errorf("%d requests, error %v; want success at the second", len(server.requests), err)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	headers := map[string]struct {
		header func() string
		want   time.Duration // 0: less than a second, as without the header
	}{
		"seconds":        {func() string { return "7" }, 7 * time.Second},
		"a date":         {func() string { return time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat) }, 9 * time.Second},
		"a date long by": {func() string { return "Mon, 02 Jan 1995 15:04:05 GMT" }, 0},
		"zero":           {func() string { return "0" }, 0},
		"a negative":     {func() string { return "-5" }, 0},
		"nonsense":       {func() string { return "soon" }, 0},
	}
	for name, c := range headers {
		t.Run(name, func(t *testing.T) {
			server := newFake(t, func(w http.ResponseWriter, r *http.Request) { status(429, "Retry-After", c.header())(w, r) })
			within(t, handled{server}, func(t *testing.T, e *openai.Embedder) {
				start := time.Now()
				_, err := e.Embed(t.Context(), []string{"refund"})
				waited := time.Since(start)
				if err != nil || c.want > 0 && waited != c.want || c.want == 0 && (waited <= 0 || waited >= time.Second) {
					t.Errorf("waited %s, error %v; want %s", waited, err, c.want)
				}
			})
		})
	}
}

// always answers every request in the same way.
func always(answer http.HandlerFunc) http.RoundTripper { return handled{answer} }

func TestAWaitBeyondThePatienceGivesUpAtOnce(t *testing.T) {
	within(t, always(status(503, "Retry-After", "3600")), func(t *testing.T, e *openai.Embedder) {
		start := time.Now()
		_, err := e.Embed(t.Context(), []string{"refund"})
		if !errors.Is(err, eyeshot.ErrUnavailable) || time.Since(start) != 0 {
			t.Errorf("after %s: error %v, want ErrUnavailable at once", time.Since(start), err)
		}
	})
}

func TestAServerThatStaysDownIsUnavailableAfterTheMaximumElapsedTime(t *testing.T) {
	tries := 0
	down := func(w http.ResponseWriter, r *http.Request) {
		tries++
		status(503, "Retry-After", "0")(w, r)
	}
	within(t, always(down), func(t *testing.T, e *openai.Embedder) {
		start := time.Now()
		_, err := e.Embed(t.Context(), []string{"refund"})
		took := time.Since(start)
		if !errors.Is(err, eyeshot.ErrUnavailable) || errors.Is(err, eyeshot.ErrInvalid) || !strings.Contains(err.Error(), "503") {
			t.Errorf("error %v, want ErrUnavailable that tells of the 503", err)
		}
		if took > time.Minute || took < 40*time.Second || tries < 5 || tries > 20 {
			t.Errorf("%d tries in %s, want some, further and further apart, in about a minute", tries, took)
		}
	})
}

// silent is a server that takes requests and never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestARequestThatIsNotAnsweredTimesOutAndIsTriedAgain(t *testing.T) {
	within(t, silent{}, func(t *testing.T, e *openai.Embedder) {
		start := time.Now()
		_, err := e.Embed(t.Context(), []string{"refund"})
		if !errors.Is(err, eyeshot.ErrUnavailable) || !strings.Contains(err.Error(), "did not answer within 30s (2 attempts") {
			t.Errorf("error %v, want two time-outs", err)
		}
		if took := time.Since(start); took < time.Minute || took > 90*time.Second {
			t.Errorf("took %s, want the time-out twice", took)
		}
	})
}

func TestTheContextEndsARequestAndAWait(t *testing.T) {
	for name, wire := range map[string]http.RoundTripper{"request": silent{}, "wait": always(status(503, "Retry-After", "50"))} {
		t.Run(name, func(t *testing.T) {
			within(t, wire, func(t *testing.T, e *openai.Embedder) {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				start := time.Now()
				vectors, err := e.Embed(ctx, []string{"refund"})
				if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, eyeshot.ErrUnavailable) || vectors != nil {
					t.Errorf("error %v, want the deadline's and ErrUnavailable", err)
				}
				if took := time.Since(start); took != 3*time.Second {
					t.Errorf("took %s, want 3 s", took)
				}
			})
		})
	}
}

func TestAFailureInTheSecondBatchGivesNoVectors(t *testing.T) {
	server := newFake(t)
	calls := 0
	wire := handled{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 2 {
			status(400)(w, r)
			return
		}
		server.ServeHTTP(w, r)
	})}
	within(t, wire, func(t *testing.T, e *openai.Embedder) {
		vectors, err := e.Embed(t.Context(), slices.Repeat([]string{"refund"}, 100))
		if vectors != nil || !errors.Is(err, eyeshot.ErrInvalid) {
			t.Errorf("%d vectors, error %v; want none and ErrInvalid", len(vectors), err)
		}
	})
}
