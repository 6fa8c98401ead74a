package redmine

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
)

// answers stands for Redmine where a test needs an answer that a real one does
// not give: by path, "path as login" and "path?status=n".
type answers map[string]any

func (a answers) RoundTrip(request *http.Request) (*http.Response, error) {
	key, header := request.URL.Path, http.Header{}
	if as := request.Header.Get("X-Redmine-Switch-User"); as != "" {
		key += " as " + as
	}
	answer, known := a[key+"?status="+request.URL.Query().Get("status")]
	if !known {
		answer, known = a[key]
	}
	if !known {
		return &http.Response{StatusCode: http.StatusNotFound, Header: header, Body: http.NoBody, Request: request}, nil
	}
	body, err := json.Marshal(answer)
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(string(body))), Request: request}, err
}

func connectTo(t *testing.T, a answers, change func(*Config)) *Connector {
	t.Helper()
	config := Config{Source: "r", URL: "https://redmine.example.com", Key: "key", Transport: a, Identities: identities.Rules{Attribute: "login"}}
	if change != nil {
		change(&config)
	}
	c, err := New(config)
	require.NoError(t, err)
	return c
}

// theRoles are those of the rosters below: what each lets one see.
const (
	lead     = 3 // all, private notes, wiki
	reporter = 4 // own
	tester   = 5 // all but private, of one tracker
)

// newRoster makes one of people 1 to n by hand, with the trackers 1 and 2.
func newRoster(n int) *roster {
	r := &roster{accounts: map[int]apiUser{}, groups: map[int]set{}, byProject: map[int]*project{}, nonMember: 1, trackers: []ref{{ID: 1, Name: "Bug"}, {ID: 2, Name: "Feature"}}}
	r.roles = map[int]role{1: {apiRole: apiRole{ID: 1}}, lead: {issues: all, notes: true, wiki: true}, reporter: {issues: own}, tester: {issues: public}}
	for id, role := range r.roles {
		role.trackers = map[int]verdict{1: seen, 2: seen}
		r.roles[id] = role
	}
	r.roles[tester].trackers[2] = hidden
	var rules identities.Rules
	rules.Attribute = "id"
	r.directory, _ = rules.Resolve(context.Background(), "r", func(yield func(identities.Account, error) bool) {
		for id := 1; id <= n; id++ {
			r.accounts[id] = apiUser{ID: id, Login: "u" + string(rune('0'+id)), active: true}
			yield(identities.Account{ID: string(rune('0' + id))}, nil)
		}
	})
	return r
}

func (r *roster) with(p project) *project {
	p.EnabledModules = []ref{{Name: issueModule}, {Name: wikiModule}}
	p.Trackers = r.trackers
	r.projects = append(r.projects, p)
	for i := range r.projects {
		r.byProject[r.projects[i].ID] = &r.projects[i]
	}
	return r.byProject[p.ID]
}

// told lists what a roster tells.
func told(r *roster) []string {
	var out []string
	a := access{roster: r, names: names{"r"}, yield: func(r eyeshot.Relationship) bool { out = append(out, r.String()); return true }}
	a.all()
	slices.Sort(out)
	return out
}
