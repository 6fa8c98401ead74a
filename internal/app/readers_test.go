package app_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/reference"
)

// filtering is a store that can only be searched by the readers that it keeps.
type filtering struct{ store.Driver }

func (f filtering) Capabilities() store.Capabilities {
	capabilities := f.Driver.Capabilities()
	capabilities.Ways = []store.Way{store.Filtered}
	return capabilities
}

// A product on a store that filters by readers finds what its user may read,
// from the first document on, and a grant or a revocation holds at once.
func TestAStoreThatFiltersByReadersIsKeptInStep(t *testing.T) {
	documents := filtering{reference.New()}
	options := app.WithStore(app.Options{}, func(real store.Driver) store.Driver {
		require.NoError(t, real.Close())
		return documents
	})
	product := apptest.New(t, apptest.Settings{Options: options})
	tenant := product.NewTenant(t, "project:jira/PAY#viewer@group:eng#member", "group:eng#member@user:alice", "tenant:acme#member@user:alice")
	tenant.Grant("tenant:" + tenant.Name + "#auditor@user:alice")
	for i := range 5 {
		tenant.Ingest("jira", apptest.Doc{
			"id": fmt.Sprintf("PAY-%d", i), "type": "ticket", "title": "Refund fails",
			"relationships": []map[string]string{{"user": "project:jira/PAY", "relation": "project"}, {"user": "user:*", "relation": "open"}},
		})
	}
	tenant.Ingest("jira", apptest.Ticket("SEC-1", "Refund fraud", "Nobody but Bob knows.", "user:bob"))

	searched := func(who string) []eyeshot.Object {
		var objects []eyeshot.Object
		for _, result := range tenant.As(who).Search("refund").Results {
			objects = append(objects, result.Object)
		}
		return objects
	}
	waitUntilReadersAreIn := func() {
		require.Eventually(t, func() bool {
			answer := tenant.As("alice").Post("/v1/search", map[string]any{"query": "refund", "explain": true})
			var got httpapi.SearchResponse
			answer.Decode(&got)
			return answer.Status == http.StatusOK && got.Explain.Plan == "filtered"
		}, 30e9, 1e7)
	}
	require.Len(t, searched("alice"), 5)
	waitUntilReadersAreIn()
	require.Len(t, searched("alice"), 5)
	require.Equal(t, []eyeshot.Object{"ticket:jira/SEC-1"}, searched("bob"))

	tenant.Grant("ticket:jira/SEC-1#viewer@user:alice")
	require.Contains(t, searched("alice"), eyeshot.Object("ticket:jira/SEC-1"))
	tenant.Revoke("group:eng#member@user:alice")
	require.Equal(t, []eyeshot.Object{"ticket:jira/SEC-1"}, searched("alice"))
	tenant.Grant("group:eng#member@user:bob")
	require.Len(t, searched("bob"), 6)
}
