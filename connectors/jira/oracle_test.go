package jira_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/jira"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
)

func TestTheOracleAnswersAsJiraShows(t *testing.T) {
	w := random(21, 40)
	s := serve(t, w, fakejira.Options{})
	c := connect(t, s.config())
	var objects []eyeshot.Object
	for object := range snapshot(t, c) {
		objects = append(objects, object)
	}
	objects = append(objects, "ticket:jira/NO-1", "comment:jira/1", "document:jira/x")
	for _, user := range w.Users {
		got, err := c.VisibleTo(t.Context(), user.ID, objects)
		require.NoError(t, err)
		if !w.MayLogIn(user.ID) {
			require.Empty(t, got, user.ID)
			continue
		}
		require.Equal(t, s.visible(t, user), got, user.ID)
	}
}

func TestTheOracleKnowsNothingWithoutTheRightToAsk(t *testing.T) {
	s := serve(t, random(21, 10), fakejira.Options{})
	s.Inject(fakejira.Fault{Path: "/permissions/check", Every: 1, Status: 403})
	_, err := connect(t, s.config()).VisibleTo(t.Context(), "acc-05", []eyeshot.Object{"ticket:jira/PAY-1"})
	require.ErrorIs(t, err, eyeshot.ErrForbidden)
}

func probe(t *testing.T, c *jira.Connector) string {
	t.Helper()
	findings, err := c.Probe(t.Context())
	require.NoError(t, err)
	var lines []string
	for _, f := range findings {
		mark := "  "
		if !f.OK {
			mark = "! "
		}
		lines = append(lines, mark+f.Text)
	}
	return strings.Join(lines, "\n")
}

func TestTheProbeSaysInWordsWhatIsSeenAndWhatIsNot(t *testing.T) {
	w := tidy()
	s := w.Scheme(w.Projects[0].PermissionsID)
	s.Grants = append(s.Grants, fakejira.Grant{Permission: fakejira.Browse, Holder: fakejira.Holder{Kind: "somethingNew"}}, fakejira.Grant{Permission: fakejira.Browse, Holder: fakejira.Holder{Kind: fakejira.Anyone}})
	levels := w.Security(w.Projects[0].SecurityScheme)
	levels.Levels = append(levels.Levels, &fakejira.Level{ID: 301}, &fakejira.Level{ID: 302, Members: []fakejira.Holder{{Kind: fakejira.UserHolder, Value: "acc-03"}}})
	site := serve(t, w, fakejira.Options{})
	config := site.config()
	config.AllowPublic = false
	require.Equal(t, strings.TrimSpace(`
  Asks as Reader (reader).
  Sees 5 accounts: 2 are users here, 0 are nobody's, 3 may not log in to Jira. Sees 4 groups.
  Sees 1 projects: PAY.
  Project PAY: sees 1 issues.
! Project PAY: sees nobody in security level 301; its issues stay closed.
! Project PAY: the account is not in security level 302 for sure: its issues are missed unless they let it in otherwise.
! Project PAY: grants to "somethingNew", which is not understood and left out.
! Project PAY: is public in Jira; here it is for those who may log in to Jira, since "public" is off.`), strings.TrimSpace(probe(t, connect(t, config))))
	site.Inject(fakejira.Fault{Path: "/group/bulk", Every: 1, Status: 403})
	require.Contains(t, probe(t, connect(t, config)), `the account needs the global permission "Administer Jira"`)
	site.Heal()
	site.Inject(fakejira.Fault{Path: "/permissionscheme", Every: 1, Status: 403})
	require.Contains(t, probe(t, connect(t, config)), "Nobody will find anything of it.")
	site.Heal()
	config.Token = func(context.Context) (string, error) { return "wrong", nil }
	_, err := connect(t, config).Probe(t.Context())
	require.ErrorIs(t, err, eyeshot.ErrUnauthenticated)
}

func TestEveryAccountIsListedWithWhatItBecame(t *testing.T) {
	c := connect(t, serve(t, tidy(), fakejira.Options{}).config())
	got := map[string]string{}
	for identity, err := range c.Identities(t.Context()) {
		require.NoError(t, err)
		got[identity.Account.ID] = string(identity.Subject) + " " + string(identity.By)
	}
	require.Equal(t, map[string]string{
		"reader": "user:reader@example.com email", "acc-03": "user:user03@example.com email",
		"acc-00": "user:~jira~acc-00 unmatched", "acc-01": "user:~jira~acc-01 unmatched", "acc-04": "user:~jira~acc-04 unmatched",
	}, got)
}
