package app_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
	"github.com/eyeshot-dev/eyeshot/internal/sources"
)

// jiraProduct is the product with a Jira that it reads when it is told to, and
// an admin who tells it.
func jiraProduct(t *testing.T) (*apptest.Product, *apptest.Caller) {
	t.Helper()
	t.Setenv("TEST_JIRA_TOKEN", fakejira.ReaderToken)
	t.Setenv("TEST_JIRA_HOOK", "hook secret")
	jira := httptest.NewServer(fakejira.New(fakejira.Random(rand.New(rand.NewPCG(3, 1)), 12, 60), fakejira.Options{}))
	t.Cleanup(jira.Close)
	product := apptest.New(t, apptest.Settings{Configure: func(cfg *config.Config) {
		cfg.Sources = []config.Source{{
			Name: "jira-main", Type: "jira", Tenant: "acme", URL: jira.URL, Email: fakejira.ReaderEmail, KeyEnv: "TEST_JIRA_TOKEN", HookSecretEnv: "TEST_JIRA_HOOK",
			Content: -1, Permissions: -1, Full: -1, Identities: config.SourceAccounts{Email: true},
		}}
	}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { product.App.Sources.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	tenant, err := product.App.Tenants.Create(t.Context(), "acme")
	require.NoError(t, err)
	require.NoError(t, tenant.Write(t.Context(), []eyeshot.Relationship{{Subject: "user:freya", Relation: "admin", Object: "tenant:acme"}}, nil))
	token, err := product.App.Issuer.Mint(t.Context(), identity.Request{Tenant: "acme", Subject: "freya"})
	require.NoError(t, err)
	return product, product.Caller(t, token)
}

// ended waits for a sync to end.
func ended(t *testing.T, admin *apptest.Caller, id string) sources.Record {
	t.Helper()
	var record sources.Record
	require.Eventually(t, func() bool {
		answer := admin.Get("/v1/syncs/" + id)
		require.Equal(t, http.StatusOK, answer.Status)
		record = sources.Record{}
		answer.Decode(&record)
		return record.State != sources.Running
	}, time.Minute, 20*time.Millisecond)
	return record
}

func TestAnAdminSyncsASourceAndAsksTheSourceWhetherItIsTrue(t *testing.T) {
	product, admin := jiraProduct(t)
	var begun sources.Record
	answer := admin.Post("/v1/sources/jira-main/sync", `{}`)
	require.Equal(t, http.StatusAccepted, answer.Status)
	answer.Decode(&begun)
	record := ended(t, admin, begun.ID)
	require.Equal(t, sources.Done, record.State, record.Error)
	require.Positive(t, record.Report.Changed)
	require.Positive(t, record.Report.Requests)

	var drift sources.Drift
	admin.Post("/v1/sources/jira-main/audit", `{"sample":200}`).Decode(&drift)
	require.Equal(t, []int{200, 0, 0}, []int{drift.Asked, len(drift.Leaks), len(drift.Hidden)})
	var accounts httpapi.IdentitiesResponse
	admin.Get("/v1/sources/jira-main/identities").Decode(&accounts)
	unmatched := 0
	for _, a := range accounts.Accounts {
		if !a.Matched() {
			unmatched++
		}
	}
	require.Equal(t, record.Report.Unmapped, unmatched)
	require.Greater(t, len(accounts.Accounts), unmatched)
	require.Equal(t, http.StatusOK, admin.Get("/v1/sources/jira-main/test").Status)
	metrics := string(product.Caller(t, "").Get("/metrics").Body)
	require.Contains(t, metrics, `eyeshot_drift{kind="asked",source="jira-main"} 200`)
	require.Contains(t, metrics, `eyeshot_syncs_total{mode="full",ok="true",source="jira-main"} 1`)
}

func TestASignedWebhookMakesTheServerLookAndAForgedOneDoesNot(t *testing.T) {
	product, _ := jiraProduct(t)
	deliver := func(secret, id string) int {
		request, err := fakejira.Hook(product.URL()+"/v1/sources/jira-main/hook", secret, id, "jira:issue_updated", time.Now().UnixMilli())
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request.WithContext(t.Context()))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	syncs := func() int {
		history, err := product.App.Sources.History(t.Context(), "acme", "jira-main", 10)
		require.NoError(t, err)
		return len(history)
	}
	require.Equal(t, http.StatusForbidden, deliver("another secret", "1"))
	require.Zero(t, syncs())
	require.Equal(t, http.StatusNoContent, deliver("hook secret", "1"))
	require.Eventually(t, func() bool { return syncs() == 1 }, time.Minute, 20*time.Millisecond, "the source is looked at")
	http.DefaultClient.CloseIdleConnections()
}
