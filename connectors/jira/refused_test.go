package jira_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/connectors/jira"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
)

// snapshot reads everything, and returns the last word on each object.
func snapshot(t *testing.T, c *jira.Connector) map[eyeshot.Object]connectors.Item {
	t.Helper()
	r := connectortest.Read(c.Snapshot(t.Context(), ""), -1)
	require.NoError(t, r.Err)
	require.Equal(t, connectors.Complete, r.End)
	out := map[eyeshot.Object]connectors.Item{}
	for _, item := range r.Items {
		out[item.Document.Object] = item
	}
	return out
}

// kinds are the reasons for which objects were refused.
func kinds(items map[eyeshot.Object]connectors.Item) map[eyeshot.Object]connectors.Kind {
	out := map[eyeshot.Object]connectors.Kind{}
	for object, item := range items {
		if item.Refused != nil {
			out[object] = item.Refused.Kind
		}
	}
	return out
}

func TestAProjectWhosePermissionsCannotBeReadIsClosed(t *testing.T) {
	for _, path := range []string{"/project/WEB/permissionscheme", "/project/WEB/issuesecuritylevelscheme", "/project/WEB/role", "/project/WEB/role/10002"} {
		s := serve(t, small(), fakejira.Options{})
		s.Inject(fakejira.Fault{Path: path, Every: 1, Status: http.StatusForbidden})
		c := connect(t, s.config())
		items := snapshot(t, c)
		require.Equal(t, map[eyeshot.Object]connectors.Kind{
			"ticket:jira/WEB-2": connectors.Unreadable, "ticket:jira/WEB-5": connectors.Unreadable, "comment:jira/30001": connectors.Unreadable, "comment:jira/30004": connectors.Unreadable,
		}, kinds(items), path)
		require.Len(t, items, 8, "the rest is told")
		for r, err := range c.Access(t.Context()) {
			require.NoError(t, err)
			require.False(t, strings.HasPrefix(string(r.Object), "project:jira/WEB") && r.Relation == "viewer", r)
		}
	}
}

func TestAnswersThatAreNotUnderstoodCloseTheProjectOrEndTheReading(t *testing.T) {
	for path, answer := range map[string]string{"/project/WEB/permissionscheme": `{"id":100,"name":"without its permissions"}`, "/project/WEB/role": `{"Developers":"https://jira.example/role/"}`} {
		s := serve(t, small(), fakejira.Options{})
		s.Inject(fakejira.Fault{Path: path, Every: 1, Status: http.StatusOK, Text: answer})
		require.Len(t, kinds(snapshot(t, connect(t, s.config()))), 4, path)
	}
	for path, answer := range map[string]string{"/search/jql": `{}`, "/approximate-count": `{}`, "/group/member": `{"values":[]}`, "/users/search": `<html>log in</html>`, "/serverInfo": `{}`} {
		s := serve(t, small(), fakejira.Options{})
		s.Inject(fakejira.Fault{Path: path, Every: 1, Status: http.StatusOK, Text: answer})
		r := connectortest.Read(connect(t, s.config()).Snapshot(t.Context(), ""), -1)
		require.ErrorIs(t, r.Err, eyeshot.ErrUnavailable, path)
		require.Empty(t, r.End)
	}
}

func TestASchemeOfSecurityLevelsThatCannotBeReadClosesItsProjects(t *testing.T) {
	s := serve(t, small(), fakejira.Options{})
	s.Inject(fakejira.Fault{Path: "/issuesecurityschemes/level/member", Every: 1, Status: http.StatusForbidden})
	require.Len(t, kinds(snapshot(t, connect(t, s.config()))), 8, "both projects have one")
}

func TestWithoutTheRightToSeeAccountsNothingIsTold(t *testing.T) {
	for _, path := range []string{"/applicationrole", "/group/bulk", "/group/member", "/users/search", "/project/search"} {
		s := serve(t, small(), fakejira.Options{})
		s.Inject(fakejira.Fault{Path: path, Every: 1, Status: http.StatusForbidden})
		c := connect(t, s.config())
		r := connectortest.Read(c.Snapshot(t.Context(), ""), -1)
		require.ErrorIs(t, r.Err, eyeshot.ErrForbidden, path)
		require.Empty(t, r.End)
		var last error
		for _, err := range c.Access(t.Context()) {
			last = err
		}
		require.ErrorIs(t, last, eyeshot.ErrForbidden, path)
	}
}

func TestAnIssueWhoseLevelIsNotToldIsClosed(t *testing.T) {
	s := serve(t, small(), fakejira.Options{Hidden: []string{"security"}})
	refused := kinds(snapshot(t, connect(t, s.config())))
	require.Len(t, refused, 8, "in projects with levels, an issue without the field may have any")
	require.Equal(t, connectors.Unreadable, refused["ticket:jira/PAY-1"])
}

func TestARestrictionThatIsNotToldOrNotUnderstoodClosesTheIssue(t *testing.T) {
	w := small()
	w.Projects[0].TeamManaged, w.Projects[0].SecurityScheme = true, 0
	s := serve(t, w, fakejira.Options{Hidden: []string{"issuerestriction"}})
	require.Equal(t, map[eyeshot.Object]connectors.Kind{
		"ticket:jira/PAY-1": connectors.Unreadable, "ticket:jira/PAY-4": connectors.Unreadable, "comment:jira/30000": connectors.Unreadable, "comment:jira/30003": connectors.Unreadable,
	}, kinds(snapshot(t, connect(t, s.config()))))
	for _, field := range []string{`{"issuerestrictions":{"group":[{"id":"10002"}]}}`, `{"issuerestrictions":{"projectrole":"Developers"}}`, `"secret"`, `{"issuerestrictions":{"projectrole":[{"id":"777"}]}}`} {
		require.Equal(t, connectors.BadRelationship, altered(t, "issuerestriction", field)["ticket:jira/PAY-1"], field)
	}
}

// altered reads a site in which PAY-1 has another value in a field.
func altered(t *testing.T, name, value string) map[eyeshot.Object]connectors.Kind {
	t.Helper()
	s := serve(t, small(), fakejira.Options{Alter: func(key string, fields map[string]any) {
		if key == "PAY-1" {
			fields[name] = json.RawMessage(value)
		}
	}})
	return kinds(snapshot(t, connect(t, s.config())))
}

func TestALevelThatIsNotUnderstoodClosesTheIssue(t *testing.T) {
	for _, level := range []string{`{"id":"424242","name":"of another scheme"}`, `{"name":"without id"}`, `"secret"`, `7`} {
		refused := altered(t, "security", level)
		require.Contains(t, refused, eyeshot.Object("ticket:jira/PAY-1"), level)
		require.Contains(t, refused, eyeshot.Object("comment:jira/30000"), level)
		require.Len(t, refused, 2, level)
	}
}

func TestACommentWhoseVisibilityIsNotUnderstoodIsClosed(t *testing.T) {
	for _, visibility := range []string{`{"type":"group","value":"nobody knows"}`, `{"type":"role","value":"nobody knows"}`, `{"type":"organization","value":"x"}`, `{"type":"","value":"x"}`} {
		refused := altered(t, "comment", `{"total":1,"comments":[{"id":"30000","body":null,"updated":"2026-03-02T08:00:00.000+0000","visibility":`+visibility+`}]}`)
		require.Equal(t, map[eyeshot.Object]connectors.Kind{"comment:jira/30000": connectors.BadRelationship}, refused, visibility)
	}
}

func TestAFieldThatPermissionsHangOnAndIsNotUnderstoodClosesTheIssue(t *testing.T) {
	s := serve(t, small(), fakejira.Options{Alter: func(key string, fields map[string]any) {
		if key == "PAY-1" {
			fields["reporter"] = 7
		}
	}})
	s.Change(func(w *fakejira.World) {
		w.Scheme(w.Projects[0].PermissionsID).Grants = append(w.Scheme(w.Projects[0].PermissionsID).Grants, fakejira.Grant{Permission: fakejira.Browse, Holder: fakejira.Holder{Kind: fakejira.Reporter}})
	})
	require.Equal(t, connectors.BadRelationship, kinds(snapshot(t, connect(t, s.config())))["ticket:jira/PAY-1"])
}

func TestWhatIsRefusedIsReadByNobodyAndCounted(t *testing.T) {
	s := serve(t, small(), fakejira.Options{})
	e, c := openStack(t), connect(t, s.config())
	require.Zero(t, e.sync(c, sync.Full).Unreadable)
	reader := eyeshot.Subject("user:" + fakejira.ReaderEmail)
	require.True(t, e.readable(reader)["ticket:jira/WEB-2"])
	s.Inject(fakejira.Fault{Path: "/project/WEB/permissionscheme", Every: 1, Status: http.StatusForbidden})
	require.Equal(t, 4, e.sync(c, sync.Permissions).Unreadable)
	got := e.readable(reader)
	require.False(t, got["ticket:jira/WEB-2"])
	require.False(t, got["comment:jira/30001"])
	require.True(t, got["ticket:jira/PAY-1"])
}
