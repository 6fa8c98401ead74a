package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

// refunds is a tenant with one project that Alice may look into, and a ticket
// that she may not see.
func refunds(t *testing.T) *apptest.Tenant {
	tenant := newTenant(t, "project:jira/PAY#viewer@user:alice")
	inProject := []map[string]string{{"user": "project:jira/PAY", "relation": "project"}, {"user": "user:*", "relation": "open"}}
	tenant.Ingest("jira",
		apptest.Doc{
			"id": "PAY-1", "type": "ticket", "title": "Refund fails after partial capture", "format": "markdown",
			"text": "# Steps\nCapture half, then refund.\n\n# Expected\n" + strings.Repeat("The refund of what was captured goes through. ", 80),
			"url":  "https://jira.example/browse/PAY-1", "updated_at": "2026-01-02T15:04:05+01:00",
			"metadata":      map[string]any{"project": "PAY", "votes": 7, "blocked": true, "labels": []string{"refund", "capture"}},
			"relationships": inProject,
		},
		apptest.Doc{"id": "PAY-2", "type": "ticket", "title": "Refund button is grey", "relationships": inProject, "metadata": map[string]any{"votes": 1}},
		apptest.Ticket("SEC-1", "Refund fraud: partial capture abused", "Nobody but Bob knows about the refund.", "user:bob"),
	)
	return tenant
}

func TestASearchAnswersWithEveryFieldOfAPassage(t *testing.T) {
	caller := refunds(t).As("alice")
	answer := caller.Post("/v1/search", map[string]any{"query": "\"capture half\"", "mode": "keyword", "limit": 1})
	require.Equal(t, http.StatusOK, answer.Status)
	require.Equal(t, "application/json; charset=utf-8", answer.Header.Get("Content-Type"))

	var got map[string]any
	answer.Decode(&got)
	require.Equal(t, true, got["complete"])
	require.Equal(t, []any{}, got["incomplete_reasons"])
	require.Greater(t, got["took_ms"], 0.0)
	require.Len(t, got["results"], 1)
	result := got["results"].([]any)[0].(map[string]any)
	require.Contains(t, result["text"], "Capture half, then refund.")
	delete(result, "text")
	require.Contains(t, result["heading"], "Refund fails after partial capture")
	delete(result, "heading")
	require.Equal(t, map[string]any{
		"chunk": 0.0, "object": "ticket:jira/PAY-1", "type": "ticket", "source": "jira", "score": 1.0,
		"title": "Refund fails after partial capture", "url": "https://jira.example/browse/PAY-1",
		"updated_at": "2026-01-02T14:04:05Z",
		"metadata":   map[string]any{"project": "PAY", "votes": 7.0, "blocked": true, "labels": []any{"refund", "capture"}},
	}, result)
}

func TestTwoUsersGetTwoAnswersOverOneIndex(t *testing.T) {
	tenant := refunds(t)
	require.ElementsMatch(t, []eyeshot.Object{"ticket:jira/PAY-1", "ticket:jira/PAY-2"}, apptest.Objects(tenant.As("alice").Search("refund")))
	require.Equal(t, []eyeshot.Object{"ticket:jira/SEC-1"}, apptest.Objects(tenant.As("bob").Search("refund")))
	require.Empty(t, tenant.As("carol").Search("refund").Results)
}

func TestSearchIsAnAliasOfV1Search(t *testing.T) {
	caller := refunds(t).As("alice")
	body := map[string]any{"query": "refund"}
	var one, two httpapi.SearchResponse
	caller.Post("/search", body).Decode(&one)
	caller.Post("/v1/search", body).Decode(&two)
	require.NotEmpty(t, one.Results)
	one.TookMS, two.TookMS = 0, 0
	require.Equal(t, two, one)
}

func TestARequestMayAskForAllThatTheDocumentSays(t *testing.T) {
	caller := refunds(t).As("alice")
	for name, row := range map[string]struct {
		body string
		want []eyeshot.Object
	}{
		"keyword":             {`{"query":"\"partial capture\"","mode":"keyword"}`, []eyeshot.Object{"ticket:jira/PAY-1"}},
		"semantic":            {`{"query":"grey button","mode":"semantic","limit":1}`, []eyeshot.Object{"ticket:jira/PAY-2"}},
		"filter":              {`{"query":"refund","filter":{"type":"gte","key":"votes","value":2}}`, []eyeshot.Object{"ticket:jira/PAY-1"}},
		"nested filter":       {`{"query":"refund","filter":{"type":"and","filters":[{"type":"eq","key":"type","value":"ticket"},{"type":"or","filters":[{"type":"nin","key":"labels","value":["refund"]},{"type":"eq","key":"no such key","value":1}]}]}}`, []eyeshot.Object{"ticket:jira/PAY-2"}},
		"filter null":         {`{"query":"grey","mode":"keyword","filter":null}`, []eyeshot.Object{"ticket:jira/PAY-2"}},
		"max_acl_age":         {`{"query":"grey","mode":"keyword","max_acl_age":"1h"}`, []eyeshot.Object{"ticket:jira/PAY-2"}},
		"chunks_per_document": {`{"query":"refund captured","mode":"keyword","chunks_per_document":2,"filter":{"type":"eq","key":"votes","value":7}}`, []eyeshot.Object{"ticket:jira/PAY-1", "ticket:jira/PAY-1"}},
		"a key of none":       {`{"query":"refund","filter":{"type":"eq","key":"secret","value":1}}`, []eyeshot.Object{}},
	} {
		t.Run(name, func(t *testing.T) {
			answer := caller.Post("/v1/search", row.body)
			require.Equal(t, http.StatusOK, answer.Status, "%s", answer.Body)
			var response httpapi.SearchResponse
			require.NoError(t, json.Unmarshal(answer.Body, &response))
			require.Equal(t, row.want, apptest.Objects(response))
			require.True(t, response.Complete)
		})
	}
}

// Whatever a query holds, it is text to look for and never a language of some
// store below.
func TestAnyTextIsAQuery(t *testing.T) {
	caller := refunds(t).As("alice")
	for _, query := range []string{
		`"`, `""`, `"unbalanced`, `" "`, "*", "**", "re*", `"partial capture"*`, "AND", "refund AND NOT OR", "title:refund", "NEAR(refund capture, 2)", "^refund", "-refund", "{title}: refund",
		"refund'; DROP TABLE chunks; --", "%", "_", "\\", "\x00", "refund\x00capture", "\u202erefund", "日本語", "é", "e\u0301", "😀", "\ufeffrefund", "\u200b",
		strings.Repeat("refund ", 1170), strings.Repeat("x", 8192), strings.Repeat("\"a b\" ", 1300), strings.Repeat("a* ", 2730), strings.Repeat("(", 8192),
	} {
		for _, mode := range []string{"hybrid", "keyword", "semantic"} {
			answer := caller.Post("/v1/search", map[string]any{"query": query, "mode": mode})
			require.Equal(t, http.StatusOK, answer.Status, "%s: %.40q: %s", mode, query, answer.Body)
			require.NotContains(t, string(answer.Body), "SEC-1")
		}
	}
}
