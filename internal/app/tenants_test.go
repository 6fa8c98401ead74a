package app_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// twins are two tenants with the same users, projects, ids and permissions. What
// their documents say differs.
func twins(t *testing.T) (acme, globex *apptest.Tenant) {
	t.Helper()
	product := apptest.New(t, apptest.Settings{})
	access := []string{"project:jira/PAY#viewer@user:alice", "ticket:jira/PAY-1#delegated_read@delegation:alice~claude", "ticket:jira/PAY-1#task_read@task:run-1"}
	acme, globex = product.NewTenant(t, access...), product.NewTenant(t, access...)
	for tenant, word := range map[*apptest.Tenant]string{acme: "acmecorp", globex: "globexcorp"} {
		doc := apptest.Ticket("PAY-1", "Refund at "+word, "Text of "+word, "user:alice", "user:*")
		doc["metadata"] = map[string]any{"company": word}
		tenant.Ingest("jira", doc)
	}
	return acme, globex
}

func TestTheSameIDsInTwoTenantsNeverMeet(t *testing.T) {
	acme, globex := twins(t)
	for _, who := range []identity.Request{{Subject: "alice"}, {Subject: "somebody"}, {Subject: "alice", Actor: "claude"}, {Subject: "alice", Actor: "claude", Task: "run-1"}} {
		for tenant, words := range map[*apptest.Tenant][2]string{acme: {"acmecorp", "globexcorp"}, globex: {"globexcorp", "acmecorp"}} {
			caller := tenant.With(who)
			for _, answer := range []apptest.Answer{
				caller.Document("ticket:jira/PAY-1"),
				caller.Post("/v1/search", `{"query":"refund acmecorp globexcorp","limit":100}`),
				caller.Post("/v1/search", `{"query":"globexcorp","mode":"keyword"}`),
				caller.Post("/v1/search", `{"query":"acmecorp","mode":"semantic"}`),
				caller.Post("/v1/search", `{"query":"refund","filter":{"type":"or","filters":[{"type":"eq","key":"company","value":"acmecorp"},{"type":"eq","key":"company","value":"globexcorp"}]}}`),
			} {
				require.Equal(t, http.StatusOK, answer.Status, "%+v: %s", who, answer.Body)
				require.NotContains(t, string(answer.Body), words[1], "%+v", who)
			}
			require.Contains(t, string(caller.Document("ticket:jira/PAY-1").Body), words[0])
			require.Len(t, caller.Search("refund").Results, 1)
		}
	}
}

func TestNoPartOfARequestButItsTokenNamesTheTenant(t *testing.T) {
	acme, globex := twins(t)
	caller := acme.As("alice")
	for _, header := range []string{"X-Tenant", "X-Tenant-Id", "Tenant", "X-Scope-OrgID", "X-Forwarded-Host", "X-Eyeshot-Tenant"} {
		caller.Header.Set(header, globex.Name)
	}
	for _, path := range []string{"/v1/search?tenant=" + globex.Name, "/search?tenant=" + globex.Name + "#" + globex.Name} {
		answer := caller.Post(path, `{"query":"refund"}`)
		require.Equal(t, http.StatusOK, answer.Status)
		require.NotContains(t, string(answer.Body), "globexcorp")
	}
	for _, field := range []string{`"tenant"`, `"principal"`, `"user"`, `"subject"`, `"actor"`} {
		require.Equal(t, http.StatusBadRequest, caller.Post("/v1/search", `{"query":"refund",`+field+`:"`+globex.Name+`"}`).Status)
	}
	for _, path := range []string{globex.Name + "/ticket:jira/PAY-1", "ticket:" + globex.Name + "/jira/PAY-1", "ticket:jira/../" + globex.Name + "/PAY-1", "tenant:" + globex.Name} {
		require.Equal(t, http.StatusNotFound, caller.Get("/v1/documents/"+path).Status, path)
	}
}

func TestChangesInOneTenantLeaveTheOtherAlone(t *testing.T) {
	acme, globex := twins(t)
	want := globex.As("alice").Document("ticket:jira/PAY-1")
	require.Equal(t, http.StatusNoContent, acme.As("ingester").Delete("ticket:jira/PAY-1").Status)
	require.Equal(t, want.Body, globex.As("alice").Document("ticket:jira/PAY-1").Body)
	acme.Ingest("jira", apptest.Ticket("PAY-1", "Taken over", "", "user:mallory"))
	require.Equal(t, want.Body, globex.As("alice").Document("ticket:jira/PAY-1").Body)
	acme.Revoke("project:jira/PAY#viewer@user:alice")
	require.Len(t, globex.As("alice").Search("refund").Results, 1)
	require.Equal(t, []eyeshot.Object{"ticket:jira/PAY-1"}, apptest.Objects(acme.As("mallory").Search("taken over")))
	require.NotContains(t, string(globex.As("mallory").Post("/v1/search", `{"query":"taken over"}`).Body), "Taken over")
}

// A relationship may name the other tenant's objects: in this tenant's OpenFGA
// store those are names of nothing.
func TestNamingTheOtherTenantInARelationshipGivesNothing(t *testing.T) {
	acme, globex := twins(t)
	acme.Grant("tenant:"+globex.Name+"#admin@user:mallory", "tenant:"+globex.Name+"#ingester@user:mallory")
	answer := acme.As("mallory").Post("/v1/documents", map[string]any{"source": "jira", "documents": []any{apptest.Ticket("X", "x", "", "user:x")}})
	require.Equal(t, http.StatusForbidden, answer.Status, "it is the other tenant's ingester in this tenant's store")
	require.Equal(t, http.StatusForbidden, globex.As("mallory").Delete("ticket:jira/PAY-1").Status)
}
