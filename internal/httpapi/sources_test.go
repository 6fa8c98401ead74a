package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
	"github.com/eyeshot-dev/eyeshot/internal/sources"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

// behindSources is every source behind the surface.
type behindSources struct{ behind }

func (b behindSources) List(ctx context.Context, _ string) ([]sources.Status, error) {
	return nil, b.s.answer(ctx)
}

func (b behindSources) Add(ctx context.Context, source config.Source) error {
	b.s.added = append(b.s.added, source)
	return b.s.answer(ctx)
}

func (b behindSources) record() sources.Record {
	return sources.Record{ID: "1", Source: "r", State: sources.Running, Started: time.Unix(0, 0).UTC(), Report: sync.Report{Mode: sync.Full}}
}

func (b behindSources) Start(ctx context.Context, _, _ string, _ sync.Mode) (sources.Record, error) {
	return b.record(), b.s.answer(ctx)
}

func (b behindSources) Record(ctx context.Context, _, _ string) (sources.Record, error) {
	return b.record(), b.s.answer(ctx)
}

func (b behindSources) Probe(ctx context.Context, _, _ string) ([]connectors.Finding, error) {
	return []connectors.Finding{{OK: true, Text: "Sees all."}}, b.s.answer(ctx)
}

func (b behindSources) Identities(ctx context.Context, _, _ string) ([]sources.Account, error) {
	return nil, b.s.answer(ctx)
}

func (b behindSources) Held(ctx context.Context, _, _ string) ([]state.Held, error) {
	return []state.Held{{Object: "ticket:r/1", Reason: "x", After: -1}}, b.s.answer(ctx)
}

func (b behindSources) Approve(ctx context.Context, _, _ string, _ []eyeshot.Object, by string) error {
	b.s.approvedBy = by
	return b.s.answer(ctx)
}

func (b behindSources) Audit(ctx context.Context, _, _ string, _ int, _ uint64) (sources.Drift, error) {
	return sources.Drift{Leaks: []sources.Differs{}, Hidden: []sources.Differs{}}, b.s.answer(ctx)
}

func (b behindSources) Hook(ctx context.Context, _ string, header http.Header, _ []byte) error {
	if header.Get("X-Signature") != "good" {
		return eyeshot.ErrUnauthenticated
	}
	return b.s.answer(ctx)
}

func TestSourcesAreForAdmins(t *testing.T) {
	tenant := newTenant(t)
	for _, user := range []string{"alice", "ingester"} {
		for _, request := range protected {
			if !strings.HasPrefix(request.path, "/v1/sources") && !strings.HasPrefix(request.path, "/v1/syncs") {
				continue
			}
			answer := tenant.As(user).Do(request.method, request.path, body(request.body))
			require.Equal(t, http.StatusForbidden, answer.Status, "%s: %s %s", user, request.method, request.path)
		}
	}
}

func TestASourceOrSyncThatIsNotThereIsA404(t *testing.T) {
	s := newSurface(t, httpapi.Limits{})
	s.answer = func(context.Context) error { return eyeshot.ErrNotFound }
	for _, path := range []string{"/v1/sources/r/test", "/v1/sources/r/held", "/v1/syncs/7"} {
		require.Equal(t, http.StatusNotFound, s.caller(t).Get(path).Status, path)
	}
}

func TestAWebhookIsTakenByItsSignatureAlone(t *testing.T) {
	s := newSurface(t, httpapi.Limits{})
	caller := apptest.NewCaller(t, s.url, "")
	require.Equal(t, http.StatusForbidden, caller.Post("/v1/sources/r/hook", `{"x":1}`).Status)
	caller.Header.Set("X-Signature", "good")
	require.Equal(t, http.StatusNoContent, caller.Post("/v1/sources/r/hook", `{"x":1}`).Status)
	require.Equal(t, http.StatusForbidden, apptest.NewCaller(t, s.url, s.caller(t).Token).Post("/v1/sources/r/hook", `{"x":1}`).Status, "a token is no signature")
}

func TestAnApprovalNamesWhoGaveIt(t *testing.T) {
	s := newSurface(t, httpapi.Limits{})
	require.Equal(t, http.StatusNoContent, s.caller(t).Post("/v1/sources/r/approve", `{"objects":["ticket:r/1"]}`).Status)
	require.Equal(t, "user:alice", s.approvedBy)
	require.Equal(t, http.StatusBadRequest, s.caller(t).Post("/v1/sources/r/approve", `{"objects":[]}`).Status)
}

// A tenant's admin is not the operator of the machine.
func TestATenantsAdminCannotReachTheMachinesFilesOrAnotherTenantsSecrets(t *testing.T) {
	s := newSurface(t, httpapi.Limits{})
	add := func(body string) int { return s.caller(t).Post("/v1/sources", body).Status }
	for _, bad := range []string{
		`{"name":"r","type":"files","url":"https://x.example","key_env":"SOURCE_ACME__KEY"}`,
		`{"name":"r","type":"jsonl","url":"https://x.example","key_env":"SOURCE_ACME__KEY"}`,
		`{"name":"r","type":"jira","url":"https://x.example","key_env":"HOME"}`,
		`{"name":"r","type":"jira","url":"https://x.example","key_env":"SOURCE_OTHER__KEY"}`,
		`{"name":"r","type":"jira","url":"https://x.example","key_env":"SOURCE_ACME__KEY","hook_secret_env":"SOURCE_OTHER__KEY"}`,
		`{"name":"r","type":"jira","url":"https://x.example","key_env":"SOURCE_ACME__KEY","public":true}`,
		`{"name":"r","type":"jira","url":"https://x.example","key_env":"SOURCE_ACME__KEY","tenant":"other"}`,
		`{"name":"r","type":"jira","url":"https://x.example","key_env":"SOURCE_ACME__KEY","content":"often"}`,
	} {
		require.Equal(t, http.StatusBadRequest, add(bad), bad)
	}
	require.Empty(t, s.added)
	require.Equal(t, http.StatusOK, add(`{"name":"r","type":"jira","url":"https://x.example","key_env":"SOURCE_ACME__KEY","content":"10m"}`))
	require.Equal(t, "acme", s.added[0].Tenant)
	require.Equal(t, 10*time.Minute, s.added[0].Content)

	s.config.AddSources = false
	handler, err := httpapi.New(s.config)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s.url = server.URL
	require.Equal(t, http.StatusForbidden, add(`{"name":"r","type":"jira","url":"https://x.example","key_env":"SOURCE_ACME__KEY"}`))
}
