package httpapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

func TestADocumentIsReadWithAllThatItHas(t *testing.T) {
	answer := refunds(t).As("alice").Get("/v1/documents/ticket:jira/PAY-1")
	require.Equal(t, http.StatusOK, answer.Status)
	var got httpapi.DocumentResponse
	answer.Decode(&got)
	require.Equal(t, "Refund fails after partial capture", got.Title)
	require.Equal(t, "https://jira.example/browse/PAY-1", got.URL)
	require.Equal(t, "2026-01-02T14:04:05Z", got.UpdatedAt.Format("2006-01-02T15:04:05Z07:00"))
	require.Equal(t, map[string]any{"project": "PAY", "votes": 7.0, "blocked": true, "labels": []any{"refund", "capture"}}, got.Metadata)
	require.Greater(t, len(got.Passages), 1)
	for i, passage := range got.Passages {
		require.Equal(t, i, passage.Chunk)
		require.NotEmpty(t, passage.Text)
	}
}

// oddIDs hold what URLs and OpenFGA give a meaning of their own.
var oddIDs = []string{
	"with space", "a:b", "a#b", "a?b=c&d", "50%", "100%25", "a%20b", "a%2Fb", "a~b", "*", "a+b", "a@b", "a;b,c", "docs/on call.md", "/leading",
	"trailing/", "a//b", "../up", "..", ".", "café", "日本語", "e\u0301", "tab\there", "line\nbreak", "quote\"", `back\slash`, "<b>", "{object}",
	"a|b^c`d", "😀", "\u202egnp", "a\u00a0b", "http://x/y?z#w", "user:*", "x#member", strings.Repeat("n", 200), strings.Repeat("é", 100),
}

func TestADocumentIsFoundByItsObjectHoweverThePathEncodesIt(t *testing.T) {
	tenant := newTenant(t)
	var docs []apptest.Doc
	for _, id := range oddIDs {
		docs = append(docs, apptest.Ticket(id, "The one with id "+id, "", "user:alice"))
	}
	tenant.Ingest("odd source: #1", docs...)
	caller := tenant.As("alice")
	for _, id := range oddIDs {
		t.Run(id, func(t *testing.T) {
			object := apptest.Object(t, "odd source: #1", id)
			encoded := url.PathEscape(string(object)) // leaves ':' as it is and encodes '/'
			for name, path := range map[string]string{
				"encoded as a whole":      apptest.DocumentPath(object),
				"encoded but for colons":  "/v1/documents/" + encoded,
				"encoded but for slashes": "/v1/documents/" + strings.ReplaceAll(encoded, "%2F", "/"),
				"with a URL's own rules":  (&url.URL{Path: "/v1/documents/" + string(object)}).EscapedPath(),
			} {
				answer := caller.Get(path)
				require.Equal(t, http.StatusOK, answer.Status, "%s: %s", name, path)
				var got httpapi.DocumentResponse
				answer.Decode(&got)
				require.Equal(t, object, got.Object, name)
				require.Equal(t, "odd source: #1", got.Source)
				require.Equal(t, id, got.Object.Local())
			}
		})
	}
}

func TestAnObjectMayBePastedIntoAPathAsItStands(t *testing.T) {
	tenant := newTenant(t)
	for _, id := range []string{"with space", "a:b", "a#b", "50%", "a~b", "*", "docs/on call.md", "tab\there", "a\u00a0b", "http://x/y"} {
		object := apptest.Object(t, "jira", id)
		tenant.Ingest("jira", apptest.Ticket(id, "A title", "", "user:alice"))
		require.Equal(t, http.StatusOK, tenant.As("alice").Get("/v1/documents/"+string(object)).Status, object)
		require.Equal(t, http.StatusNoContent, tenant.As("ingester").Do(http.MethodDelete, "/v1/documents/"+string(object), nil).Status, object)
		require.Equal(t, http.StatusNotFound, tenant.As("alice").Get("/v1/documents/"+string(object)).Status, object)
	}
}

func TestADeletedDocumentIsGoneFromSearchAtOnce(t *testing.T) {
	tenant := refunds(t)
	ingester := tenant.As("ingester")
	for range 2 { // what is not there any more is no error
		answer := ingester.Delete("ticket:jira/PAY-1")
		require.Equal(t, http.StatusNoContent, answer.Status)
		require.Empty(t, answer.Body)
	}
	require.Equal(t, http.StatusNotFound, tenant.As("alice").Document("ticket:jira/PAY-1").Status)
	response := tenant.As("alice").Search("refund")
	require.Len(t, response.Results, 1)
	require.True(t, response.Complete)
	require.EqualValues(t, "ticket:jira/PAY-2", response.Results[0].Object)
}

func TestDeletingTakesAWholeObject(t *testing.T) {
	ingester := newTenant(t).As("ingester")
	for _, path := range []string{"", "ticket", "ticket:", ":x", "ticket:no-source", "Ticket:jira/x", "ticket%253Ajira%252FPAY-1", strings.Repeat("x", 300) + ":jira/x", "ticket:jira/" + strings.Repeat("x", 300)} {
		answer := ingester.Do(http.MethodDelete, "/v1/documents/"+path, nil)
		require.Equal(t, http.StatusBadRequest, answer.Status, path)
		require.Equal(t, "object", answer.Problem().Field)
		require.Contains(t, answer.Problem().Detail, `must have the form "type:source/id"`)
	}
}
