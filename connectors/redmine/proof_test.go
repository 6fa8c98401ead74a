package redmine_test

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
	"github.com/eyeshot-dev/eyeshot/connectors/redmine"
	"github.com/eyeshot-dev/eyeshot/connectors/redmine/redminetest"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// connect reads one thing after the other: the test's Redmine has one thread,
// which waits 0.2 seconds on each connection for another request before it turns
// to the next.
func connect(t testing.TB, server *redminetest.Server, change func(*redmine.Config)) *redmine.Connector {
	t.Helper()
	config := redmine.Config{Source: "redmine", URL: server.URL, Key: server.Key, Identities: identities.Rules{Attribute: "login"}, RecheckNotes: 10, Parallel: 1}
	if change != nil {
		change(&config)
	}
	connector, err := redmine.New(config)
	require.NoError(t, err)
	t.Cleanup(connector.Close)
	return connector
}

// What OpenFGA lets each of 30 users read is what Redmine answers for them, for
// every issue, note and wiki page: at the start, and after each ten random
// changes of permissions, each of which only a refresh of permissions follows.
// There are 20 changes, since Redmine takes seconds for each;
// EYESHOT_TEST_REDMINE_CHANGES=200 makes more, with -timeout 60m.
func TestEachUserReadsInEyeshotWhatRedmineShowsThem(t *testing.T) {
	changes := 20
	if more := os.Getenv("EYESHOT_TEST_REDMINE_CHANGES"); more != "" {
		var err error
		changes, err = strconv.Atoi(more)
		require.NoError(t, err, "EYESHOT_TEST_REDMINE_CHANGES is a number of changes")
	}
	c := newCompany(t, redminetest.Start(t), 30, 45)
	s := newStack(t, connect(t, c.Server, nil))
	s.sync(t, sync.Content)
	c.compare(t, s, true, "at the start")
	c.searchAndFetch(t, s)
	for n := 1; n <= changes; n++ {
		what, content := c.change(t)
		if content {
			s.sync(t, sync.Content)
		}
		report := s.sync(t, sync.Permissions)
		t.Logf("%d: %s (%d requests, %.1f s, +%d -%d)", n, what, report.Requests, report.Seconds, report.TuplesAdded, report.TuplesRemoved)
		if content { // what was away between two readings of content is back with this one
			s.sync(t, sync.Content)
		}
		if strings.Contains(what, "/journals/") {
			// Redmine does not say that an old note was made private: each of the
			// 30 issues with notes has had its turn after two more refreshes.
			for range 2 {
				s.sync(t, sync.Permissions)
			}
		}
		if n%10 == 0 {
			c.compare(t, s, n == changes, "after change "+strconv.Itoa(n))
		}
	}
	c.searchAndFetch(t, s)
	c.audit(t, s)
}

// audit holds the connector's own oracle, its directory and its probe against
// what Redmine says.
func (c *company) audit(t *testing.T, s *stack) {
	t.Helper()
	connector := s.source.Connector.(*redmine.Connector)
	want, objects, accounts := c.askAll(t), c.everything(t), 0
	for identity, err := range connector.Identities(t.Context()) {
		require.NoError(t, err)
		accounts++
		if login := identity.Account.Login; c.users[login] != 0 && accounts%8 == 0 {
			got, err := connector.VisibleTo(t.Context(), identity.Account.ID, objects)
			require.NoError(t, err)
			require.Equal(t, want[login], sight(got), login)
		}
	}
	require.Equal(t, len(c.logins)+1, accounts)
	findings, err := connector.Probe(t.Context())
	require.NoError(t, err)
	for _, f := range findings {
		t.Log(f.OK, f.Text)
	}
	require.Contains(t, findings[0].Text, "an administrator")
}

// compare holds Eyeshot against Redmine's own code and, where asked to, its API.
func (c *company) compare(t *testing.T, s *stack, api bool, when string) {
	t.Helper()
	want := c.askAll(t)
	if api {
		var withNotes []int
		c.Script(t, &withNotes, `Journal.where.not(notes: [nil, '']).distinct.pluck(:journalized_id)`)
		asked := c.askEach(t, setOf(withNotes))
		for _, login := range c.logins {
			require.Equal(t, asked[login], want[login], "Redmine and its API about %s, %s", login, when)
		}
	}
	objects := c.everything(t)
	got, seen := s.allows(t, c.logins, objects), 0
	for _, login := range c.logins {
		for _, o := range objects {
			if got[login][o] != want[login][o] {
				t.Errorf("%s: %s may read %s in Eyeshot: %t, in Redmine: %t", when, login, o, got[login][o], want[login][o])
			}
		}
		seen += len(want[login])
	}
	require.False(t, t.Failed())
	require.Greater(t, seen, len(objects), "hardly anybody sees anything: the comparison says little")
	t.Logf("%s: %d users × %d documents, %d allowed", when, len(c.logins), len(objects), seen)
}

// everything are all issues, notes and pages, those in archived projects too.
func (c *company) everything(t testing.TB) []eyeshot.Object {
	var ids struct {
		Issues   []int
		Journals [][2]int
		Pages    [][2]string
	}
	c.Script(t, &ids, `{Issues: Issue.pluck(:id), Journals: Journal.where.not(notes: [nil, '']).pluck(:journalized_id, :id), Pages: WikiPage.all.map { |p| [p.project.identifier, p.title] }}`)
	out := sight{}
	for _, id := range ids.Issues {
		out[object(t, "ticket", strconv.Itoa(id))] = true
	}
	for _, n := range ids.Journals {
		out[object(t, "comment", strconv.Itoa(n[0])+"/note-"+strconv.Itoa(n[1]))] = true
	}
	for _, p := range ids.Pages {
		out[object(t, "document", p[0]+"/wiki/"+p[1])] = true
	}
	return slices.Sorted(maps.Keys(out))
}

// searchAndFetch finds, as some users, exactly what Redmine shows them, and
// opens each of all documents or gets what is not there.
func (c *company) searchAndFetch(t *testing.T, s *stack) {
	t.Helper()
	want, objects := c.askAll(t), c.everything(t)
	for _, login := range c.logins {
		principal := eyeshot.Principal{Tenant: "acme", Subject: eyeshot.Object("user:" + login)}
		found := sight{}
		for _, query := range []string{"refund fails after a partial capture", "note gateway answers late", "how project works wiki"} {
			answer, err := s.retriever.Search(t.Context(), principal, retriever.Request{Query: query, Limit: 100})
			require.NoError(t, err)
			for _, result := range answer.Results {
				require.True(t, want[login][result.Ref.Object], "%s finds %s, which Redmine does not show", login, result.Ref.Object)
				found[result.Ref.Object] = true
			}
		}
		if len(want[login]) <= 100 {
			require.Len(t, found, len(want[login]), "%s does not find all that Redmine shows", login)
		}
		for _, o := range objects {
			_, err := s.retriever.Document(t.Context(), principal, o)
			if want[login][o] {
				require.NoError(t, err, "%s opens %s", login, o)
			} else {
				require.ErrorIs(t, err, eyeshot.ErrNotFound)
			}
		}
	}
}

func setOf(numbers []int) map[int]bool {
	out := map[int]bool{}
	for _, n := range numbers {
		out[n] = true
	}
	return out
}
