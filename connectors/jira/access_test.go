package jira_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/jira"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
)

// tidy is a site where every concept of Jira's permissions stands once.
func tidy() *fakejira.World {
	w := small()
	w.Groups = append(w.Groups[:3:3], &fakejira.Group{ID: "g-0", Name: "payments", Members: []string{"acc-03", "acc-00"}})
	w.Groups[1].Members, w.Groups[2].Members = []string{"acc-00", "acc-01", "acc-03"}, nil
	w.Users = []*fakejira.User{w.User(fakejira.Reader), w.User("acc-00"), w.User("acc-01"), w.User("acc-03"), w.User("acc-04")}
	w.User("acc-03").HidesEmail = false
	pay := w.Projects[0]
	w.Projects, w.Issues = []*fakejira.Project{pay}, w.Issues[:1]
	w.Roles = w.Roles[1:2]
	pay.Lead, pay.Actors = "acc-03", map[int64]*fakejira.Actors{10002: {Users: []string{"acc-03", "acc-04"}, Groups: []string{"g-0"}}}
	w.Scheme(pay.PermissionsID).Grants = []fakejira.Grant{{Permission: fakejira.Browse, Holder: fakejira.Holder{Kind: fakejira.GroupHolder, Value: w.Admins}}}
	w.Security(pay.SecurityScheme).Levels = []*fakejira.Level{{ID: 300, Members: []fakejira.Holder{{Kind: fakejira.GroupHolder, Value: w.Admins}}}}
	return w
}

// told are the relationships that Access tells, in order.
func told(t *testing.T, c *jira.Connector) []string {
	t.Helper()
	out := []string{}
	for r, err := range c.Access(t.Context()) {
		require.NoError(t, err)
		out = append(out, r.String())
	}
	slices.Sort(out)
	return out
}

func on(all []string, prefix string) []string {
	var out []string
	for _, one := range all {
		if strings.HasPrefix(one, prefix) {
			out = append(out, one)
		}
	}
	return out
}

func TestEveryConceptOfJiraStaysWhatItIs(t *testing.T) {
	c := connect(t, serve(t, tidy(), fakejira.Options{}).config())
	require.Equal(t, []string{
		"group:jira/application/jira-servicedesk#member@group:jira/group/g-agents#member",
		"group:jira/application/jira-software#member@group:jira/group/g-readers#member",
		"group:jira/application/jira-software#member@group:jira/group/g-software#member",
		"group:jira/group/g-0#member@user:user03@example.com",
		"group:jira/group/g-readers#member@user:reader@example.com",
		"group:jira/group/g-software#member@user:user03@example.com",
		"group:jira/role/10000/10002#member@group:jira/group/g-0#member",
		"group:jira/role/10000/10002#member@user:user03@example.com",
		"group:jira/users#member@group:jira/application/jira-servicedesk#member",
		"group:jira/users#member@group:jira/application/jira-software#member",
		"project:jira/PAY#viewer@group:jira/group/g-readers#member",
		"security_level:jira/PAY/300#cleared@group:jira/group/g-readers#member",
	}, told(t, c))
}

// The holders that don't depend on an issue, and what each becomes on its
// project and on a level.
func TestEachHolderIsOneRelationship(t *testing.T) {
	for holder, want := range map[fakejira.Holder]string{
		{Kind: fakejira.AppAccess}:                         "group:jira/users#member",
		{Kind: fakejira.AppAccess, Value: "jira-software"}: "group:jira/application/jira-software#member",
		{Kind: fakejira.GroupHolder, Value: "g-0"}:         "group:jira/group/g-0#member",
		{Kind: fakejira.RoleHolder, Value: "10002"}:        "group:jira/role/10000/10002#member",
		{Kind: fakejira.UserHolder, Value: "acc-03"}:       "user:user03@example.com",
		{Kind: fakejira.Lead}:                              "user:user03@example.com",
		{Kind: fakejira.UserHolder, Value: "acc-00"}:       "", // deactivated
		{Kind: fakejira.UserHolder, Value: "acc-01"}:       "", // a customer of the portal
		{Kind: fakejira.UserHolder, Value: "acc-04"}:       "", // has no application
		{Kind: fakejira.Portal}:                            "",
		{Kind: "somethingNew", Value: "acc-03"}:            "",
		{Kind: fakejira.GroupHolder, Value: "gone"}:        "",
		{Kind: fakejira.RoleHolder, Value: "999"}:          "",
	} {
		w := tidy()
		s := w.Scheme(w.Projects[0].PermissionsID)
		s.Grants = append(s.Grants, fakejira.Grant{Permission: fakejira.Browse, Holder: holder}, fakejira.Grant{Permission: "EDIT_ISSUES", Holder: fakejira.Holder{Kind: fakejira.Anyone}})
		level := w.Security(w.Projects[0].SecurityScheme).Levels[0]
		level.Members = append(level.Members, holder)
		all := told(t, connect(t, serve(t, w, fakejira.Options{}).config()))
		project, cleared := []string{"project:jira/PAY#viewer@group:jira/group/g-readers#member"}, []string{"security_level:jira/PAY/300#cleared@group:jira/group/g-readers#member"}
		if want != "" {
			project, cleared = append(project, "project:jira/PAY#viewer@"+want), append(cleared, "security_level:jira/PAY/300#cleared@"+want)
		}
		require.ElementsMatch(t, project, on(all, "project:"), "%v", holder)
		require.ElementsMatch(t, cleared, on(all, "security_level:"), "%v", holder)
	}
}

func TestAnyoneIsEverybodyOnlyWhereTheConfigurationSaysSo(t *testing.T) {
	w := tidy()
	s := w.Scheme(w.Projects[0].PermissionsID)
	s.Grants = append(s.Grants, fakejira.Grant{Permission: fakejira.Browse, Holder: fakejira.Holder{Kind: fakejira.Anyone}})
	site := serve(t, w, fakejira.Options{})
	for allowed, want := range map[bool]string{true: "project:jira/PAY#viewer@user:*", false: "project:jira/PAY#viewer@group:jira/users#member"} {
		config := site.config()
		config.AllowPublic = allowed
		all := told(t, connect(t, config))
		require.Contains(t, all, want)
		require.Equal(t, allowed, strings.Contains(fmt.Sprint(all), "user:*"))
	}
}

func TestHoldersByIssueAreScopesSoThatALevelStillCounts(t *testing.T) {
	w := tidy()
	s := w.Scheme(w.Projects[0].PermissionsID)
	s.Grants = append(s.Grants, fakejira.Grant{Permission: fakejira.Browse, Holder: fakejira.Holder{Kind: fakejira.Reporter}}, fakejira.Grant{Permission: fakejira.Browse, Holder: fakejira.Holder{Kind: fakejira.GroupField, Value: "customfield_10200"}})
	level := w.Security(w.Projects[0].SecurityScheme).Levels[0]
	level.Members = append(level.Members, fakejira.Holder{Kind: fakejira.Assignee})
	i := w.Issues[0]
	i.Reporter, i.Assignee, i.Level, i.Values["customfield_10200"] = "acc-03", fakejira.Reader, 300, []string{"g-0"}
	c := connect(t, serve(t, w, fakejira.Options{}).config())
	require.Equal(t, []string{
		"project:jira/@group/g-0#viewer@group:jira/group/g-0#member", "project:jira/@group/g-agents#viewer@group:jira/group/g-agents#member",
		"project:jira/@group/g-readers#viewer@group:jira/group/g-readers#member", "project:jira/@group/g-software#viewer@group:jira/group/g-software#member",
		"project:jira/@user/acc-03#viewer@user:user03@example.com", "project:jira/@user/reader#viewer@user:reader@example.com",
	}, on(told(t, c), "project:jira/@"))
	require.ElementsMatch(t, []string{
		"ticket:jira/PAY-1#project@project:jira/PAY", "ticket:jira/PAY-1#project@project:jira/@user/acc-03", "ticket:jira/PAY-1#project@project:jira/@group/g-0",
		"ticket:jira/PAY-1#level@security_level:jira/PAY/300", "ticket:jira/PAY-1#cleared@user:reader@example.com",
	}, relationships(snapshot(t, c)["ticket:jira/PAY-1"]))
}

func TestALevelForAnyoneClearsWhoeverMayBrowse(t *testing.T) {
	w := tidy()
	level := w.Security(w.Projects[0].SecurityScheme).Levels[0]
	level.Members = append(level.Members, fakejira.Holder{Kind: fakejira.Anyone})
	w.Issues[0].Level = 300
	c := connect(t, serve(t, w, fakejira.Options{}).config())
	require.Equal(t, []string{"security_level:jira/PAY/300#cleared@group:jira/group/g-readers#member"}, on(told(t, c), "security_level:"))
	require.ElementsMatch(t, []string{"ticket:jira/PAY-1#project@project:jira/PAY", "ticket:jira/PAY-1#open@user:*", "ticket:jira/PAY-1#open@service_account:*"}, relationships(snapshot(t, c)["ticket:jira/PAY-1"]))
}

func TestTheTenantsAdminsReachProjectsAndLevels(t *testing.T) {
	config := serve(t, tidy(), fakejira.Options{}).config()
	config.Tenant = "acme"
	all := told(t, connect(t, config))
	require.Contains(t, all, "project:jira/PAY#tenant@tenant:acme")
	require.Contains(t, all, "security_level:jira/PAY/300#tenant@tenant:acme")
}

func TestOnlyTheNamedProjectsAreRead(t *testing.T) {
	config := serve(t, small(), fakejira.Options{}).config()
	config.Projects = []string{"web"}
	c := connect(t, config)
	require.Empty(t, on(told(t, c), "project:jira/PAY"))
	items := snapshot(t, c)
	require.Len(t, items, 4)
	require.Contains(t, items, eyeshot.Object("ticket:jira/WEB-2"))
}

func TestUnmatchedAccountsBecomeSubjectsThatNoTokenCarries(t *testing.T) {
	w := tidy()
	w.User("acc-03").HidesEmail = true
	all := told(t, connect(t, serve(t, w, fakejira.Options{}).config()))
	require.Contains(t, all, "group:jira/group/g-0#member@user:~jira~acc-03")
}
