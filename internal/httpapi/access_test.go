package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// told is what a caller can tell two answers apart by, but for what names the
// request.
func told(answer apptest.Answer) (int, http.Header, string) {
	header := answer.Header.Clone()
	id := header.Get("X-Request-Id")
	header.Del("X-Request-Id")
	header.Del("Date")
	return answer.Status, header, strings.ReplaceAll(string(answer.Body), id, "ID")
}

func TestADocumentThatMayNotBeReadLooksLikeOneThatDoesNotExist(t *testing.T) {
	tenant := refunds(t)
	tenant.Grant("ticket:jira/GHOST-1#viewer@user:alice") // readable, and without content
	caller := tenant.As("alice")
	status, header, body := told(caller.Document("ticket:jira/SEC-1"))
	require.Equal(t, http.StatusNotFound, status)
	require.NotContains(t, body, "SEC-1")
	for name, path := range map[string]string{
		"absent":           "ticket:jira/SEC-999",
		"another source":   "ticket:github/SEC-1",
		"no content":       "ticket:jira/GHOST-1",
		"another type":     "document:jira/SEC-1",
		"not a document":   "project:jira/PAY",
		"the tenant":       "tenant:" + tenant.Name,
		"an unknown type":  "secret:jira/SEC-1",
		"malformed":        "SEC-1",
		"type in capitals": "TICKET:jira/SEC-1",
		"a subject set":    "ticket:jira/SEC-1%23viewer",
		"a wildcard":       "ticket:*",
		"too long":         "ticket:jira/" + strings.Repeat("x", 300),
		"not UTF-8":        "ticket:jira/%FF",
		"nothing":          "",
	} {
		gotStatus, gotHeader, gotBody := told(caller.Get("/v1/documents/" + path))
		require.Equal(t, status, gotStatus, name)
		require.Equal(t, header, gotHeader, name)
		require.Equal(t, body, gotBody, name)
	}
}

func TestASearchSaysNothingOfWhatMayNotBeRead(t *testing.T) {
	crowded, empty := refunds(t).As("carol"), newTenant(t).As("carol")
	for _, query := range []string{"Refund fraud: partial capture abused", "SEC-1", `"nobody but bob"`} {
		got, want := crowded.Search(query), empty.Search(query)
		got.TookMS, want.TookMS = 0, 0
		require.Equal(t, want, got)
		require.True(t, got.Complete, "what may not be read does not make an answer incomplete")
	}
}

func TestScoresAreThoseOfAnIndexWithoutWhatMayNotBeRead(t *testing.T) {
	crowded, private := newTenant(t), newTenant(t)
	for _, tenant := range []*apptest.Tenant{crowded, private} {
		tenant.Ingest("jira", apptest.Ticket("A", "Refund of a voucher", "", "user:alice"), apptest.Ticket("B", "Voucher is lost", "", "user:alice"))
	}
	var others []apptest.Doc
	for _, id := range []string{"C", "D", "E", "F"} {
		others = append(others, apptest.Ticket(id, "Voucher voucher refund "+id, "", "user:bob"))
	}
	crowded.Ingest("jira", others...)
	require.Equal(t, private.As("alice").Search("refund voucher").Results, crowded.As("alice").Search("refund voucher").Results)
}

func TestAnAgentSeesWhatItsUserSeesAndHasLetItSee(t *testing.T) {
	tenant := refunds(t)
	claude := identity.Request{Subject: "alice", Actor: "claude"}
	require.Empty(t, tenant.With(claude).Search("refund").Results)
	tenant.Grant("ticket:jira/PAY-1#delegated_read@delegation:alice~claude", "ticket:jira/SEC-1#delegated_read@delegation:alice~claude")
	require.Equal(t, []eyeshot.Object{"ticket:jira/PAY-1"}, apptest.Objects(tenant.With(claude).Search("refund")))
	require.Equal(t, http.StatusNotFound, tenant.With(claude).Document("ticket:jira/PAY-2").Status, "its user may, it may not")
	require.Equal(t, http.StatusNotFound, tenant.With(claude).Document("ticket:jira/SEC-1").Status, "it may, its user may not")

	task := identity.Request{Subject: "alice", Actor: "claude", Task: "run-1"}
	require.Empty(t, tenant.With(task).Search("refund").Results)
	tenant.Grant("ticket:jira/PAY-1#task_read@task:run-1")
	require.Equal(t, []eyeshot.Object{"ticket:jira/PAY-1"}, apptest.Objects(tenant.With(task).Search("refund")))
}

func TestARevocationHoldsForTheNextRequest(t *testing.T) {
	tenant := refunds(t)
	caller := tenant.As("alice")
	require.Len(t, caller.Search("refund").Results, 2)
	tenant.Revoke("project:jira/PAY#viewer@user:alice")
	require.Empty(t, caller.Search("refund").Results)
	require.Equal(t, http.StatusNotFound, caller.Document("ticket:jira/PAY-1").Status)
}

func TestOnlyAnIngesterChangesDocuments(t *testing.T) {
	tenant := refunds(t)
	tenant.Grant("tenant:"+tenant.Name+"#member@user:mia", "tenant:"+tenant.Name+"#auditor@user:otto", "tenant:"+tenant.Name+"#admin@user:ada", "tenant:"+tenant.Name+"#ingester@service_account:ci")
	for name, row := range map[string]struct {
		who     identity.Request
		allowed bool
	}{
		"reader":                 {identity.Request{Subject: "alice"}, false},
		"member":                 {identity.Request{Subject: "mia"}, false},
		"auditor":                {identity.Request{Subject: "otto"}, false},
		"nobody":                 {identity.Request{Subject: "nobody"}, false},
		"ingester":               {identity.Request{Subject: "ingester"}, true},
		"admin":                  {identity.Request{Subject: "ada"}, true},
		"service account":        {identity.Request{Subject: "ci", Type: "service_account"}, true},
		"user of that name":      {identity.Request{Subject: "ci"}, false},
		"agent of the ingester":  {identity.Request{Subject: "ingester", Actor: "claude"}, false},
		"agent of the admin":     {identity.Request{Subject: "ada", Actor: "claude"}, false},
		"task of the ingester":   {identity.Request{Subject: "ingester", Task: "run-1"}, false},
		"ingester as an account": {identity.Request{Subject: "ingester", Type: "service_account"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			caller := tenant.With(row.who)
			upsert := caller.Post("/v1/documents", map[string]any{"source": "jira", "documents": []apptest.Doc{apptest.Ticket("NEW", "New", "", "user:x")}})
			remove := caller.Delete("ticket:jira/NEW")
			if row.allowed {
				require.Equal(t, http.StatusOK, upsert.Status)
				require.Equal(t, http.StatusNoContent, remove.Status)
				return
			}
			for _, answer := range []apptest.Answer{upsert, remove, caller.Post("/v1/documents", "not even JSON"), caller.Delete("malformed")} {
				require.Equal(t, http.StatusForbidden, answer.Status)
				require.Equal(t, "urn:eyeshot:problem:forbidden", answer.Problem().Type)
			}
		})
	}
}

func TestAnIngesterCannotReadWhatItBringsIn(t *testing.T) {
	caller := refunds(t).As("ingester")
	require.Empty(t, caller.Search("refund").Results)
	require.Equal(t, http.StatusNotFound, caller.Document("ticket:jira/PAY-1").Status)
}

func TestATokenOfATenantThatIsNotSetUpHereReachesNothing(t *testing.T) {
	product := shared.Get(t)
	token, err := product.Issuer.Mint(t.Context(), identity.Request{Tenant: "nowhere", Subject: "ingester"})
	require.NoError(t, err)
	caller := product.Caller(t, token)
	search := caller.Post("/v1/search", `{"query":"refund"}`)
	require.Equal(t, http.StatusForbidden, search.Status)
	require.Equal(t, "urn:eyeshot:problem:unknown-tenant", search.Problem().Type)
	require.Equal(t, http.StatusForbidden, caller.Post("/v1/documents", `{"source":"jira","documents":[]}`).Status)
	require.Equal(t, http.StatusForbidden, caller.Delete("ticket:jira/PAY-1").Status)
	require.Equal(t, http.StatusNotFound, caller.Document("ticket:jira/PAY-1").Status)
	names, err := product.Tenants.Names(t.Context())
	require.NoError(t, err)
	require.NotContains(t, names, "nowhere", "no request sets a tenant up")
}
