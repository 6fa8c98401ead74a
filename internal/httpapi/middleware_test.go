package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

func TestAPanicIsA500ThatTellsNothing(t *testing.T) {
	for name, cause := range map[string]any{"a value": "canary in a panic", "a bug": nil} {
		t.Run(name, func(t *testing.T) {
			s := newSurface(t, httpapi.Limits{})
			s.answer = func(context.Context) error {
				if cause != nil {
					panic(cause)
				}
				var list []int
				_ = list[len(s.keyDir)]
				return nil
			}
			for _, request := range protected {
				answer := s.caller(t).Do(request.method, request.path, body(request.body))
				require.Equal(t, http.StatusInternalServerError, answer.Status)
				require.Equal(t, "urn:eyeshot:problem:internal", answer.Problem().Type)
				require.NotRegexp(t, "canary|goroutine|index out of range", string(answer.Body))
				require.Contains(t, s.log.String(), answer.Header.Get("X-Request-Id"))
			}
			require.Contains(t, s.log.String(), "stub_test.go", "the log has the stack")
			require.NotContains(t, s.log.String(), "canary", "a panic's value may hold anything")
			require.Equal(t, cause == nil, strings.Contains(s.log.String(), "index out of range"))
		})
	}
}

func TestARequestIsFoundInTheLogByItsID(t *testing.T) {
	s := newSurface(t, httpapi.Limits{})
	made := s.caller(t).Get("/nowhere").Header.Get("X-Request-Id")
	require.Regexp(t, `^[0-9A-HJKMNP-TV-Z]{26}$`, made)
	require.Contains(t, s.log.String(), "id="+made)
	for given, taken := range map[string]bool{
		"my-request_7.a": true, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false, "": false, "a b": false, `a"b`: false, "ü": false, "a\tb": false, "a/b": false,
	} {
		caller := s.caller(t)
		caller.Header.Set("X-Request-Id", given)
		got := caller.Get("/healthz").Header.Get("X-Request-Id")
		require.Equal(t, taken, got == given, given)
	}
}

func TestNothingOfARequestIsInLogsOrMetrics(t *testing.T) {
	tenant := newTenant(t)
	ingester, reader := tenant.As("ingester"), tenant.As("alice")
	tenant.Ingest("jira", apptest.Ticket("CANARY-1", "canary title", "canary text", "user:alice"), apptest.Ticket("CANARY-2", "canary secret", "canary text", "user:bob"))
	requests := 0
	for _, caller := range []*apptest.Caller{reader, ingester, tenant.Product.Caller(t, "canary.token.x"), tenant.Product.Caller(t, reader.Token+"canary")} {
		for _, request := range []struct {
			method, path string
			body         any
		}{
			{"POST", "/v1/search", `{"query":"canary","filter":{"type":"eq","key":"canary","value":"canary"}}`},
			{"POST", "/v1/search?q=canary", `{"query":"\"canary title\""}`},
			{"POST", "/v1/search", `{"query":"canary","canary":1}`},
			{"POST", "/v1/search", `{"query":"canary","mode":"canary"}`},
			{"POST", "/v1/search", `{"query":"canary","limit":"canary"`},
			{"POST", "/v1/search", `{"query":"canary","max_acl_age":"canary"}`},
			{"GET", "/v1/documents/ticket:jira/CANARY-1", nil},
			{"GET", "/v1/documents/ticket:jira/CANARY-2", nil},
			{"GET", "/v1/documents/canary", nil},
			{"GET", "/canary", nil},
			{"CANARY", "/v1/search", nil},
			{"CANARY", "/canary", nil},
			{"DELETE", "/v1/documents/canary", nil},
			{"DELETE", "/v1/documents/ticket:jira/CANARY-1", nil},
			{"POST", "/v1/documents", map[string]any{"source": "canary", "documents": []any{apptest.Ticket("CANARY", "canary", "canary", "user:canary"), "canary", apptest.Ticket("CANARY", "canary", "canary", "canary:x")}}},
			{"POST", "/v1/documents", `{"source":"canary/canary","documents":[{"canary":1}]}`},
		} {
			caller.Header.Set("X-Canary", "canary")
			caller.Do(request.method, request.path, request.body)
			requests++
		}
	}
	log := tenant.Product.Log.String()
	require.GreaterOrEqual(t, strings.Count(log, `"msg":"request"`), requests, "it was logged")
	require.NotRegexp(t, `(?i).*canary.*`, log)
	for _, caller := range []*apptest.Caller{reader, ingester} {
		for _, part := range strings.Split(caller.Token, ".") {
			require.NotContains(t, log, part)
		}
	}
	metrics := string(reader.Get("/metrics").Body)
	require.NotRegexp(t, `(?i).*canary.*`, metrics)
	require.NotContains(t, metrics, "jira")
}

// value is a metric's value, 0 where it is not there.
func value(t *testing.T, metrics, series string) float64 {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` (\S+)$`).FindStringSubmatch(metrics)
	if found == nil {
		return 0
	}
	var number float64
	_, err := fmt.Sscan(found[1], &number)
	require.NoError(t, err)
	return number
}

func TestMetricsCountWhatHappens(t *testing.T) {
	tenant := refunds(t)
	caller := tenant.As("alice")
	before := string(caller.Get("/metrics").Body)
	caller.Search("refund")
	caller.Post("/v1/search", `{}`)
	caller.Document("ticket:jira/PAY-1")
	caller.Do("BREW", "/v1/search", nil)
	tenant.Product.Caller(t, "x").Post("/v1/search", `{"query":"x"}`)
	after := string(caller.Get("/metrics").Body)
	for series, more := range map[string]float64{
		`eyeshot_http_request_seconds_count{method="POST",route="/v1/search",status="200"}`:           1,
		`eyeshot_http_request_seconds_count{method="POST",route="/v1/search",status="400"}`:           1,
		`eyeshot_http_request_seconds_count{method="POST",route="/v1/search",status="401"}`:           1,
		`eyeshot_http_request_seconds_count{method="GET",route="/v1/documents/*object",status="200"}`: 1,
		`eyeshot_http_request_seconds_count{method="other",route="none",status="405"}`:                1,
		`eyeshot_searches_total{complete="true",mode="hybrid"}`:                                       1,
		`eyeshot_unauthenticated_total{reason="malformed"}`:                                           1,
		`eyeshot_gate_checked_total`:                                  2, // the two tickets that Alice may read
		`eyeshot_gate_denied_total`:                                   0,
		`eyeshot_search_stage_seconds_count{stage="scope"}`:           1,
		`eyeshot_search_stage_seconds_count{stage="embed"}`:           1,
		`eyeshot_search_stage_seconds_count{stage="search"}`:          1,
		`eyeshot_search_stage_seconds_count{stage="gate"}`:            1,
		`eyeshot_search_stage_seconds_count{stage="content"}`:         1,
		`eyeshot_store_seconds_count{ok="true",operation="passages"}`: 1,
		`eyeshot_store_seconds_count{ok="true",operation="document"}`: 1,
	} {
		require.Equal(t, more, value(t, after, series)-value(t, before, series), series)
	}
	require.Contains(t, after, "go_goroutines")
	require.Contains(t, after, "process_")
}

// Each made-up method would be a time series for ever.
func TestMadeUpMethodsMakeNoNewMetrics(t *testing.T) {
	s := newSurface(t, httpapi.Limits{})
	count := func() int {
		return strings.Count(string(s.caller(t).Get("/metrics").Body), "eyeshot_http_request_seconds_count")
	}
	s.caller(t).Do("FIRST", "/v1/search", nil)
	before := count()
	for i := range 5 {
		s.caller(t).Do(fmt.Sprintf("METHOD%d", i), "/v1/search", nil)
	}
	require.Equal(t, before, count()-1, "but for that of /metrics itself")
}

// A body that ends before it should is the caller's doing. It takes a
// connection of its own, since no client of Go's sends one.
func TestABodyThatIsCutOffIsABadRequest(t *testing.T) {
	s := newSurface(t, httpapi.Limits{})
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/search HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nnot a chunk\r\n", s.caller(t).Token)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Contains(t, string(answer), "400 Bad Request")
	require.Contains(t, string(answer), "body could not be read to its end")
}

func TestAClientThatGoesAwayIsNoErrorOfTheService(t *testing.T) {
	s := newSurface(t, httpapi.Limits{})
	begun, ended := make(chan struct{}), make(chan struct{})
	s.answer = func(ctx context.Context) error {
		close(begun)
		<-ctx.Done()
		defer close(ended)
		return ctx.Err()
	}
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-begun; leave() }()
	_, err := s.caller(t).Try(ctx, http.MethodPost, "/v1/search", map[string]any{"query": "refund"})
	require.Error(t, err)
	<-ended
	require.Eventually(t, func() bool { return strings.Contains(s.log.String(), "msg=request") }, 10e9, 1e6)
	require.NotContains(t, s.log.String(), "level=ERROR")
}
