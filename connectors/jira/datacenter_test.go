package jira_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
)

// answers are those of a Data Center, written from Atlassian's reference of its
// REST API v2: users by key and login, groups by name, texts in wiki markup.
var answers = map[string]string{
	"GET /rest/api/2/serverInfo":       `{"serverTime":"2026-03-02T09:00:00.000+0100","deploymentType":"Server"}`,
	"GET /rest/api/2/myself":           `{"key":"JIRAUSER1","name":"eyeshot","displayName":"Eyeshot","active":true}`,
	"GET /rest/api/2/applicationrole":  `[{"key":"jira-software","groups":["staff"]}]`,
	"GET /rest/api/2/groups/picker":    `{"total":2,"groups":[{"name":"staff"},{"name":"team"}]}`,
	"GET /rest/api/2/project/PAY/role": `{"Developers":"https://jira.example/rest/api/2/project/10000/role/10002"}`,
	"GET /rest/api/2/project": `[{"id":"10000","key":"PAY","name":"Payments","projectTypeKey":"software","lead":{"key":"JIRAUSER2","name":"ann"}},
		{"id":"10001","key":"OLD","archived":true}]`,
	"GET /rest/api/2/project/PAY/role/10002":               `{"actors":[{"type":"atlassian-user-role-actor","name":"ann"},{"type":"atlassian-group-role-actor","name":"team"}]}`,
	"GET /rest/api/2/user":                                 `{"key":"JIRAUSER2","name":"ann","displayName":"Ann","emailAddress":"ann@example.com","active":true}`,
	"GET /rest/api/2/project/PAY/permissionscheme":         `{"permissions":[{"permission":"BROWSE_PROJECTS","holder":{"type":"projectRole","parameter":"10002"}},{"permission":"BROWSE_PROJECTS","holder":{"type":"group","parameter":"staff"}},{"permission":"BROWSE_PROJECTS","holder":{"type":"reporter"}}]}`,
	"GET /rest/api/2/project/PAY/issuesecuritylevelscheme": `{"id":1,"levels":[{"id":"5","name":"secret"}]}`,
}

const pages = `{"startAt":0,"total":3,"issues":[
	{"id":"1","key":"PAY-1","fields":{"project":{"id":"10000"},"summary":"Refund","description":"h2. Steps","updated":"2026-03-01T09:00:00.000+0100","security":null,"reporter":{"key":"JIRAUSER2","name":"ann"},
		"comment":{"total":1,"comments":[{"id":"7","body":"{quote}x{quote}","updated":"2026-03-01T09:00:00.000+0100","visibility":{"type":"group","value":"team"}}]}}},
	{"id":"2","key":"PAY-2","fields":{"project":{"id":"10000"},"summary":"Secret","updated":"2026-03-01T09:00:00.000+0100","security":{"id":"5"},"comment":{"total":0,"comments":[]}}},
	{"id":"3","key":"PAY-3","fields":{"project":{"id":"10000"},"summary":"No text","updated":"2026-03-01T09:00:00.000+0100","security":null,"comment":{"total":0,"comments":[]}}}]}`

func dataCenter(t *testing.T) *site {
	mux := http.NewServeMux()
	for pattern, answer := range answers {
		mux.HandleFunc(pattern, func(out http.ResponseWriter, in *http.Request) {
			if in.Header.Get("Authorization") != "Bearer "+fakejira.ReaderToken {
				out.WriteHeader(http.StatusUnauthorized)
			}
			_, _ = io.WriteString(out, answer)
		})
	}
	listing := func(all ...string) http.HandlerFunc {
		return func(out http.ResponseWriter, in *http.Request) {
			users := []string{}
			for _, user := range all {
				group := in.URL.Query().Get("groupname")
				if in.URL.Query().Get("startAt") == "0" && (group != "team" || strings.Contains(user, "ann")) {
					users = append(users, user)
				}
			}
			text := "[" + strings.Join(users, ",") + "]"
			if strings.HasSuffix(in.URL.Path, "/member") {
				total, _ := json.Marshal(len(users))
				text = `{"total":` + string(total) + `,"values":` + text + `}`
			}
			_, _ = io.WriteString(out, text)
		}
	}
	ann, bob := answers["GET /rest/api/2/user"], `{"key":"JIRAUSER3","name":"bob","displayName":"Bob","emailAddress":"bob@example.com","active":false}`
	mux.HandleFunc("GET /rest/api/2/user/search", listing(ann, bob))
	mux.HandleFunc("GET /rest/api/2/group/member", listing(ann, bob))
	mux.HandleFunc("POST /rest/api/2/search", func(out http.ResponseWriter, in *http.Request) {
		var asked struct {
			Max *int `json:"maxResults"`
		}
		_ = json.NewDecoder(in.Body).Decode(&asked)
		if asked.Max != nil && *asked.Max == 0 {
			_, _ = io.WriteString(out, `{"total":3,"issues":[]}`)
			return
		}
		_, _ = io.WriteString(out, pages)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return &site{url: server.URL}
}

func TestADataCenterIsReadInItsOwnWay(t *testing.T) {
	config := dataCenter(t).config()
	config.DataCenter, config.Email, config.TrustEmails = true, "", true
	c := connect(t, config)
	require.Equal(t, []string{
		"group:jira/application/jira-software#member@group:jira/group/staff#member", "group:jira/group/staff#member@user:ann@example.com", "group:jira/group/team#member@user:ann@example.com",
		"group:jira/role/10000/10002#member@group:jira/group/team#member", "group:jira/role/10000/10002#member@user:ann@example.com",
		"group:jira/users#member@group:jira/application/jira-software#member", "project:jira/@user/JIRAUSER2#viewer@user:ann@example.com",
		"project:jira/PAY#viewer@group:jira/group/staff#member", "project:jira/PAY#viewer@group:jira/role/10000/10002#member",
	}, told(t, c))
	items := snapshot(t, c)
	require.Len(t, items, 4)
	ticket := items["ticket:jira/PAY-1"]
	require.Equal(t, eyeshot.FormatJira, ticket.Document.Format)
	require.Equal(t, "h2. Steps", ticket.Document.Text)
	require.Contains(t, relationships(ticket), "ticket:jira/PAY-1#project@project:jira/@user/JIRAUSER2")
	require.Contains(t, relationships(items["comment:jira/7"]), "comment:jira/7#audience@group:jira/group/team#member")
	require.NotNil(t, items["ticket:jira/PAY-2"].Refused, "who is in a level is not told, so its issues stay closed")
	_, err := c.VisibleTo(t.Context(), "JIRAUSER2", []eyeshot.Object{"ticket:jira/PAY-1"})
	require.ErrorIs(t, err, eyeshot.ErrForbidden, "it does not say what others may see")
	findings, err := c.Probe(t.Context())
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(findings, func(f connectors.Finding) bool {
		return !f.OK && strings.Contains(f.Text, "issues that have one stay closed")
	}))
}

func TestAddressesOfADataCenterAreNotTrustedUnlessSaidSo(t *testing.T) {
	config := dataCenter(t).config()
	config.DataCenter, config.Email = true, ""
	require.Contains(t, told(t, connect(t, config)), "group:jira/group/team#member@user:~jira~JIRAUSER2")
}

func TestADataCentersChangesAndPermissionsAreTold(t *testing.T) {
	config := dataCenter(t).config()
	config.DataCenter, config.Email = true, ""
	c := connect(t, config)
	r := connectortest.Read(c.Snapshot(t.Context(), ""), -1)
	changes := connectortest.Read(c.Changes(t.Context(), r.Next), -1)
	require.NoError(t, changes.Err)
	require.Equal(t, connectors.Partial, changes.End)
	permissions := connectortest.Read(c.Permissions(t.Context()), -1)
	require.NoError(t, permissions.Err)
	require.Equal(t, connectors.Complete, permissions.End)
	require.Len(t, permissions.Items, 4)
}
