package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

// upsert sends documents of the source jira, and wants the status.
func upsert(t *testing.T, tenant *apptest.Tenant, status int, docs ...any) httpapi.UpsertResponse {
	t.Helper()
	answer := tenant.As("ingester").Post("/v1/documents", map[string]any{"source": "jira", "documents": docs})
	require.Equal(t, status, answer.Status, "%s", answer.Body)
	var response httpapi.UpsertResponse
	answer.Decode(&response)
	return response
}

func TestAnUpsertSaysWhetherAllSomeOrNoneWereTaken(t *testing.T) {
	tenant := newTenant(t)
	good, bad := apptest.Ticket("A", "Good", "", "user:alice"), apptest.Ticket("B", "Without readers", "")
	require.Equal(t, httpapi.UpsertResponse{Accepted: 1, Refused: []httpapi.Refused{}}, upsert(t, tenant, http.StatusOK, good))
	require.Equal(t, httpapi.UpsertResponse{Accepted: 1, Unchanged: 1, Refused: []httpapi.Refused{}}, upsert(t, tenant, http.StatusOK, good))

	some := upsert(t, tenant, http.StatusMultiStatus, bad, good)
	require.Equal(t, 1, some.Accepted)
	require.Len(t, some.Refused, 1)
	require.Equal(t, 0, some.Refused[0].Index)
	require.EqualValues(t, "ticket:jira/B", some.Refused[0].Object)
	require.Equal(t, "without_acl", some.Refused[0].Kind)

	none := upsert(t, tenant, http.StatusUnprocessableEntity, bad)
	require.Zero(t, none.Accepted)
	require.Len(t, none.Refused, 1)
}

// with is a good ticket with one field changed.
func with(field string, value any) apptest.Doc {
	doc := apptest.Ticket("BAD", "A canary in the title", "A canary in the text", "user:alice")
	doc[field] = value
	return doc
}

func related(user, relation string) apptest.Doc {
	return with("relationships", []map[string]string{{"user": "user:alice", "relation": "viewer"}, {"user": user, "relation": relation}})
}

func TestABadDocumentIsRefusedWholeAndNamed(t *testing.T) {
	for name, row := range map[string]struct {
		document     any
		kind, reason string
	}{
		"no object":                 {7, "malformed", "must be a JSON object"},
		"null":                      {nil, "malformed", "must be a JSON object"},
		"no id":                     {with("id", ""), "malformed", "id"},
		"id of 300 characters":      {with("id", strings.Repeat("x", 300)), "malformed", "at most 256 are allowed"},
		"id a number":               {with("id", 7), "malformed", "must be a string"},
		"no title":                  {with("title", ""), "malformed", "title"},
		"unknown type":              {with("type", "incident"), "bad_content", `"incident" is no type of document`},
		"a type that is no text":    {with("type", "project"), "bad_content", `"project" is no type of document`},
		"malformed type":            {with("type", "Ticket"), "malformed", "lower-case"},
		"unknown field":             {with("colour", "red"), "malformed", `"colour" is unknown`},
		"unknown format":            {with("format", "html"), "malformed", "must be text, markdown or jira"},
		"a script for a url":        {with("url", "javascript:alert(1)"), "malformed", "http or https"},
		"no time":                   {with("updated_at", "yesterday"), "malformed", "RFC 3339"},
		"nested metadata":           {with("metadata", map[string]any{"a": map[string]any{}}), "malformed", "metadata.a"},
		"U+0000 in the text":        {with("text", "a\x00b"), "bad_content", "U+0000"},
		"no relationships":          {with("relationships", []any{}), "without_acl", "at least one"},
		"relationships null":        {with("relationships", nil), "without_acl", "at least one"},
		"relationship a string":     {with("relationships", []any{"user:alice"}), "bad_relationship", "must be a JSON object"},
		"unknown relation":          {related("user:bob", "watcher"), "bad_relationship", "watcher"},
		"unknown type of user":      {related("robot:r2", "viewer"), "bad_relationship", "robot"},
		"type that may not":         {related("ticket:jira/A", "viewer"), "bad_relationship", "viewer"},
		"malformed user":            {related("alice", "viewer"), "bad_relationship", `"alice" must be`},
		"wildcard where none is":    {related("user:*", "assignee"), "bad_relationship", "assignee"},
		"a computed relation":       {related("user:bob", "can_read"), "bad_relationship", "can_read"},
		"a consent":                 {related("delegation:alice~claude", "delegated_read"), "bad_relationship", "belongs to users and their consents"},
		"a task":                    {related("task:run-1", "task_read"), "bad_relationship", "belongs to users and their consents"},
		"relation with a newline":   {related("user:bob", "viewer\n"), "bad_relationship", "relation"},
		"unknown condition":         {with("relationships", []any{map[string]any{"user": "user:alice", "relation": "viewer", "condition": map[string]any{"name": "weekdays"}}}), "bad_relationship", "weekdays"},
		"an object of its own":      {with("relationships", []any{map[string]any{"user": "user:alice", "relation": "viewer", "object": "ticket:jira/OTHER"}}), "bad_relationship", "object"},
		"title larger than a store": {with("title", strings.Repeat("x", 1<<20+1)), "bad_content", "at most 1048576 are allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			tenant := newTenant(t)
			response := upsert(t, tenant, http.StatusMultiStatus, row.document, apptest.Ticket("GOOD", "Good", "", "user:alice"))
			require.Equal(t, 1, response.Accepted)
			require.Len(t, response.Refused, 1)
			refused := response.Refused[0]
			require.Equal(t, 0, refused.Index)
			require.Equal(t, row.kind, refused.Kind, refused.Reason)
			require.Contains(t, refused.Reason, row.reason)
			require.NotContains(t, refused.Reason, "canary")
			require.Less(t, len(refused.Reason), 600)
			require.Equal(t, []eyeshot.Object{"ticket:jira/GOOD"}, apptest.Objects(tenant.As("alice").Search("good canary title")), "nothing of it is there")
		})
	}
}

func TestARefusedVersionTakesTheOldOneAway(t *testing.T) {
	tenant := newTenant(t)
	upsert(t, tenant, http.StatusOK, apptest.Ticket("A", "Readable once", "", "user:alice"))
	require.Len(t, tenant.As("alice").Search("readable").Results, 1)
	upsert(t, tenant, http.StatusUnprocessableEntity, apptest.Doc{"id": "A", "type": "ticket", "title": "Readable once", "relationships": []map[string]string{{"user": "user:bob", "relation": "no_such"}}})
	require.Empty(t, tenant.As("alice").Search("readable").Results, "what its source says of it now is not understood")
	require.Equal(t, http.StatusNotFound, tenant.As("alice").Document("ticket:jira/A").Status)
}

func TestOfADocumentTwiceInABatchTheLastCounts(t *testing.T) {
	tenant := newTenant(t)
	response := upsert(t, tenant, http.StatusOK,
		apptest.Ticket("A", "First version", "", "user:alice"), apptest.Ticket("B", "Another", "", "user:alice"), apptest.Ticket("A", "Second version", "", "user:bob"))
	require.Equal(t, 2, response.Accepted)
	require.Equal(t, []httpapi.Refused{{Index: 0, Object: "ticket:jira/A", Kind: "duplicate", Reason: "comes again later, which counts"}}, response.Refused)
	require.Equal(t, []eyeshot.Object{"ticket:jira/B"}, apptest.Objects(tenant.As("alice").Search("version another")))
	require.Equal(t, "Second version", tenant.As("bob").Search("version").Results[0].Title)
}

func TestALastVersionThatIsRefusedLeavesNoEarlierOneOfTheBatch(t *testing.T) {
	tenant := newTenant(t)
	response := upsert(t, tenant, http.StatusUnprocessableEntity, apptest.Ticket("A", "Open version", "", "user:alice"), apptest.Ticket("A", "Closed version", ""))
	require.Len(t, response.Refused, 2)
	require.Empty(t, tenant.As("alice").Search("version").Results)
}

func TestAnUpsertIsHeldToItsForm(t *testing.T) {
	ingester := newTenant(t).As("ingester")
	many := strings.TrimSuffix(strings.Repeat(`{},`, 501), ",")
	for name, row := range map[string]struct{ body, field, detail string }{
		"empty":             {`{}`, "documents", "are 0, allowed are 1 to 500"},
		"no documents":      {`{"source":"jira","documents":[]}`, "documents", "are 0, allowed are 1 to 500"},
		"too many":          {`{"source":"jira","documents":[` + many + `]}`, "documents", "are 501, allowed are 1 to 500"},
		"documents no list": {`{"source":"jira","documents":{}}`, "documents", "must be a list"},
		"no source":         {`{"documents":[{}]}`, "source", "must be a name of 1 to 64 bytes"},
		"source with slash": {`{"source":"a/b","documents":[{}]}`, "source", "without '/'"},
		"source too long":   {`{"source":"` + strings.Repeat("x", 65) + `","documents":[{}]}`, "source", "1 to 64 bytes"},
		"source a list":     {`{"source":["jira"],"documents":[{}]}`, "source", "must be a string"},
		"another tenant":    {`{"tenant":"t1","source":"jira","documents":[{}]}`, "field", `"tenant" is not known here`},
		"source twice":      {`{"source":"a","documents":[{}],"source":"b"}`, "field", `"source" is there twice`},
	} {
		t.Run(name, func(t *testing.T) {
			answer := ingester.Post("/v1/documents", row.body)
			require.Equal(t, http.StatusBadRequest, answer.Status, "%s", answer.Body)
			require.Equal(t, row.field, answer.Problem().Field)
			require.Contains(t, answer.Problem().Detail, row.detail)
		})
	}
}

// Whoever brings a document in decides who reads it, so of several at once one
// must win as a whole: no version's text with another version's readers.
func TestIngestsOfTheSameDocumentsAtOnceEndWithOneOfThem(t *testing.T) {
	tenant := newTenant(t)
	const writers, documents = 4, 12
	var group sync.WaitGroup
	for w := range writers {
		var docs []any
		for d := range documents {
			id := (d*7 + w*5) % documents // each in an order of its own
			docs = append(docs, apptest.Ticket(fmt.Sprintf("T-%d", id), fmt.Sprintf("Written by w%d", w), "", fmt.Sprintf("user:w%d", w)))
		}
		ingester := tenant.As("ingester")
		group.Go(func() {
			answer, err := ingester.Try(t.Context(), http.MethodPost, "/v1/documents", map[string]any{"source": "jira", "documents": docs})
			assert.NoError(t, err)
			assert.Equal(t, http.StatusOK, answer.Status, "%s", answer.Body)
		})
	}
	group.Wait()
	seen := map[eyeshot.Object]int{}
	for w := range writers {
		for _, result := range tenant.As(fmt.Sprintf("w%d", w)).Search("written").Results {
			require.Equal(t, fmt.Sprintf("Written by w%d", w), result.Title)
			seen[result.Object]++
		}
	}
	require.Len(t, seen, documents)
	for object, times := range seen {
		require.Equal(t, 1, times, object)
	}
}
