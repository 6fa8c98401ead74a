package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

func TestAnOpenFGAThatCannotBeReachedIsA503EverywhereAndNeverAnEmptyAnswer(t *testing.T) {
	fga, product := remote(t)
	tenant := staleTenant(t, fga, product)
	fga.set(func(*fgaCall) { panic(http.ErrAbortHandler) })
	for _, user := range []string{"alice", "bob", "who may read nothing at all"} {
		caller := tenant.As(user)
		require.Equal(t, http.StatusServiceUnavailable, caller.Post("/v1/search", `{"query":"refund"}`).Status, user)
		require.Equal(t, http.StatusServiceUnavailable, caller.Document("ticket:jira/MINE-1").Status, user)
		require.Equal(t, http.StatusServiceUnavailable, caller.Document("ticket:jira/ABSENT").Status, user)
	}
	ingester := tenant.As("ingester")
	require.Equal(t, http.StatusServiceUnavailable, ingester.Post("/v1/documents", map[string]any{"source": "jira", "documents": []any{apptest.Ticket("NEW", "New", "", "user:bob")}}).Status)
	require.Equal(t, http.StatusServiceUnavailable, ingester.Delete("ticket:jira/MINE-1").Status)
	require.Equal(t, http.StatusServiceUnavailable, ingester.Get("/readyz").Status)
	require.Equal(t, http.StatusOK, ingester.Get("/healthz").Status)
}

func TestAnOpenFGAThatDoesNotAnswerIsA503InTime(t *testing.T) {
	fga, product := remote(t, func(cfg *config.Config) { cfg.Search.Timeout = 300 * time.Millisecond })
	caller := staleTenant(t, fga, product).As("alice")
	for _, nth := range []int{1, 4} { // the first batch, and one among others that are answered
		fga.set(onChecks(func(c *fgaCall) {
			if c.n >= nth {
				<-c.request.Context().Done()
				panic(http.ErrAbortHandler)
			}
			c.pass()
		}))
		search := caller.Post("/v1/search", `{"query":"refund","limit":100}`)
		require.NotContains(t, string(search.Body), "secret")
		require.Equal(t, http.StatusServiceUnavailable, search.Status)
	}
}

// A cache or a replica of OpenFGA's may answer with what was true a while ago,
// but not where it is asked for higher consistency.
func TestARevocationHoldsAtOnceEvenWhereOpenFGAHasCaches(t *testing.T) {
	fga, product := remote(t)
	tenant := staleTenant(t, fga, product)
	fga.set(onChecks(func(c *fgaCall) {
		if strings.Contains(string(c.body), `"consistency":"HIGHER_CONSISTENCY"`) {
			c.pass()
			return
		}
		c.checks(allAllowed) // as it was before the revocation
	}))
	search := tenant.As("alice").Post("/v1/search", `{"query":"refund","limit":100}`)
	require.NotContains(t, string(search.Body), "secret")
	require.Equal(t, http.StatusNotFound, tenant.As("alice").Document("ticket:jira/HERS-1").Status)
}

// A change log that lags makes the index stale. That may cost recall, which
// max_acl_age turns into a reason, and never confidentiality.
func TestAStaleChangeLogIsToldAndLeaksNothing(t *testing.T) {
	fga, product := remote(t)
	tenant := product.NewTenant(t)
	tenant.Ingest("jira", apptest.Ticket("A", "Refund one", "", "user:bob"), apptest.Ticket("B", "Refund secret", "", "user:alice"))
	fga.set(func(c *fgaCall) {
		if c.operation == "changes" {
			c.answer(500, []byte(`{"code":"internal_error"}`))
			return
		}
		c.pass()
	})
	fga.elsewhere(tenant.Name, []string{"ticket:jira/A#viewer@user:alice"}, []string{"ticket:jira/B#viewer@user:alice"})
	caller := tenant.As("alice")
	search := func() (response httpapi.SearchResponse) {
		answer := caller.Post("/v1/search", `{"query":"refund","max_acl_age":"1ns"}`)
		require.NotContains(t, string(answer.Body), "secret")
		answer.Decode(&response)
		return response
	}
	stale := search()
	require.False(t, stale.Complete)
	require.Equal(t, "[acl_stale]", fmt.Sprint(stale.Incomplete))
	require.Empty(t, stale.Results)
	fga.set(nil)
	fresh := search()
	require.True(t, fresh.Complete)
	require.Len(t, fresh.Results, 1)
	require.EqualValues(t, "ticket:jira/A", fresh.Results[0].Object)
}

func TestAProductThatStartsWhileOpenFGAIsDownServesWhenItIsBack(t *testing.T) {
	fga := newFaultyFGA(t)
	settings := apptest.Settings{Configure: func(cfg *config.Config) { cfg.Authz.URL = fga.server.URL }}
	dir := t.TempDir()
	first, err := apptest.Start(t.Context(), dir, settings)
	require.NoError(t, err)
	tenant := first.NewTenant(t)
	tenant.Ingest("jira", apptest.Ticket("A", "Refund one", "", "user:alice"))
	require.NoError(t, first.Close())

	fga.set(func(*fgaCall) { panic(http.ErrAbortHandler) })
	second, err := apptest.Start(t.Context(), dir, settings)
	require.NoError(t, err)
	defer func() { require.NoError(t, second.Close()) }()
	caller := second.Caller(t, tenant.As("alice").Token)
	require.Equal(t, http.StatusServiceUnavailable, caller.Post("/v1/search", `{"query":"refund"}`).Status)
	require.Equal(t, http.StatusServiceUnavailable, caller.Document("ticket:jira/A").Status)
	require.Equal(t, http.StatusServiceUnavailable, caller.Delete("ticket:jira/A").Status)
	fga.set(nil)
	require.Len(t, caller.Search("refund").Results, 1)
}
