package httpapi_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
	"github.com/eyeshot-dev/eyeshot/internal/obs"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// surface is the HTTP surface with nothing behind it: what a handler would call
// is answer, which a test sets. Tokens are verified as always.
type surface struct {
	issuer  *identity.Issuer
	keyDir  string
	metrics *obs.Metrics
	log     *apptest.Log
	config  httpapi.Config
	handler http.Handler
	url     string
	answer  func(ctx context.Context) error // of every call of a handler

	added      []config.Source
	approvedBy string
}

func newSurface(t *testing.T, limits httpapi.Limits) *surface {
	t.Helper()
	s := &surface{metrics: obs.NewMetrics(), log: &apptest.Log{}, keyDir: t.TempDir(), answer: func(context.Context) error { return nil }}
	var err error
	s.issuer, err = identity.OpenIssuer(identity.LocalConfig{Dir: s.keyDir})
	require.NoError(t, err)
	verifier, err := identity.NewVerifier(identity.Config{Issuers: []identity.Trust{s.issuer.Trust()}})
	require.NoError(t, err)
	logger := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.config = httpapi.Config{
		Verifier: verifier, Retriever: behind{s}, Indexer: behind{s}, Roles: behind{s}, Sources: behindSources{behind{s}}, AddSources: true, Ready: func(ctx context.Context) error { return s.answer(ctx) },
		Logger: logger, Observer: s.metrics, Metrics: s.metrics.Handler(), JWKS: s.issuer.JWKS(), Issuers: []string{s.issuer.Name()},
		PublicURL: func() string { return "https://search.example" }, Version: "test", Limits: limits,
	}
	s.handler, err = httpapi.New(s.config)
	require.NoError(t, err)
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// caller has a good token.
func (s *surface) caller(t *testing.T) *apptest.Caller {
	t.Helper()
	token, err := s.issuer.Mint(t.Context(), identity.Request{Tenant: "acme", Subject: "alice"})
	require.NoError(t, err)
	return apptest.NewCaller(t, s.url, token)
}

// behind is everything behind the surface.
type behind struct{ s *surface }

func (b behind) Search(ctx context.Context, _ eyeshot.Principal, _ retriever.Request) (*retriever.Response, error) {
	return &retriever.Response{Complete: true}, b.s.answer(ctx)
}

func (b behind) Document(ctx context.Context, _ eyeshot.Principal, object eyeshot.Object) (store.Record, error) {
	return store.Record{Object: object}, b.s.answer(ctx)
}

func (b behind) UpsertItems(ctx context.Context, _, _ string, items []connectors.Item) (indexer.Report, error) {
	return indexer.Report{Written: len(items)}, b.s.answer(ctx)
}

func (b behind) Delete(ctx context.Context, _, _ string, _ []eyeshot.Object) error {
	return b.s.answer(ctx)
}

func (b behind) Require(ctx context.Context, _ eyeshot.Principal, _ string) error {
	return b.s.answer(ctx)
}

// protected are requests to all routes that take a token; a test proves that
// none is missing.
var protected = []struct{ method, route, path, body string }{
	{http.MethodPost, "/v1/search", "/v1/search", `{"query":"x"}`},
	{http.MethodPost, "/search", "/search", `{"query":"x"}`},
	{http.MethodGet, "/v1/documents/*object", "/v1/documents/ticket:jira/A", ""},
	{http.MethodPost, "/v1/documents", "/v1/documents", `{"source":"jira","documents":[{}]}`},
	{http.MethodDelete, "/v1/documents/*object", "/v1/documents/ticket:jira/A", ""},
	{http.MethodGet, "/v1/sources", "/v1/sources", ""},
	{http.MethodPost, "/v1/sources", "/v1/sources", `{"name":"r","type":"redmine","url":"https://redmine.example","key_env":"SOURCE_ACME__KEY"}`},
	{http.MethodPost, "/v1/sources/:name/sync", "/v1/sources/r/sync", `{"mode":"full"}`},
	{http.MethodGet, "/v1/sources/:name/test", "/v1/sources/r/test", ""},
	{http.MethodGet, "/v1/sources/:name/identities", "/v1/sources/r/identities", ""},
	{http.MethodGet, "/v1/sources/:name/held", "/v1/sources/r/held", ""},
	{http.MethodPost, "/v1/sources/:name/approve", "/v1/sources/r/approve", `{"objects":["ticket:r/1"]}`},
	{http.MethodPost, "/v1/sources/:name/audit", "/v1/sources/r/audit", `{"sample":5}`},
	{http.MethodGet, "/v1/syncs/:id", "/v1/syncs/1", ""},
}

func body(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func TestAServerTakesAllItsParts(t *testing.T) {
	_, err := httpapi.New(httpapi.Config{})
	require.ErrorContains(t, err, "are required")
}

func TestEachErrorHasItsStatusAndTellsNoCause(t *testing.T) {
	cause := "the cause is on disk 7"
	for err, row := range map[error]struct {
		status  int
		problem string
	}{
		eyeshot.ErrUnavailable:     {503, "unavailable"},
		context.DeadlineExceeded:   {503, "unavailable"},
		context.Canceled:           {503, "unavailable"},
		eyeshot.ErrUnauthenticated: {401, "unauthenticated"},
		errors.New("surprise"):     {500, "internal"},
	} {
		s := newSurface(t, httpapi.Limits{})
		s.answer = func(context.Context) error { return errors.Join(err, errors.New(cause)) }
		for _, request := range protected {
			answer := s.caller(t).Do(request.method, request.path, body(request.body))
			require.Equal(t, row.status, answer.Status, "%s %s: %v", request.method, request.path, err)
			require.Equal(t, "urn:eyeshot:problem:"+row.problem, answer.Problem().Type)
			require.NotContains(t, string(answer.Body), cause)
		}
		require.Equal(t, row.status != 401, strings.Contains(s.log.String(), cause), "operators are told")
	}
}

// The state on disk is for operators to mend: a reader can do nothing about it.
func TestAConflictIsToldToWhoChangesThings(t *testing.T) {
	s := newSurface(t, httpapi.Limits{})
	s.answer = func(context.Context) error { return eyeshot.ErrConflict }
	for _, request := range protected {
		want := http.StatusConflict
		if request.method == http.MethodGet || request.route == "/v1/search" || request.route == "/search" {
			want = http.StatusInternalServerError
		}
		require.Equal(t, want, s.caller(t).Do(request.method, request.path, body(request.body)).Status, request.route)
	}
}

func TestWhatTakesTooLongIsUnavailable(t *testing.T) {
	for name, limits := range map[string]httpapi.Limits{
		"the search":  {Search: time.Millisecond, Request: time.Hour},
		"the request": {Search: time.Hour, Request: time.Millisecond},
	} {
		s := newSurface(t, limits)
		s.answer = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		for _, request := range protected {
			if name == "the search" && !strings.HasSuffix(request.route, "/search") {
				continue
			}
			answer := s.caller(t).Do(request.method, request.path, body(request.body))
			require.Equal(t, http.StatusServiceUnavailable, answer.Status, "%s: %s", name, request.route)
		}
		require.Equal(t, http.StatusOK, s.caller(t).Get("/healthz").Status, "the process runs all the same")
	}
}
