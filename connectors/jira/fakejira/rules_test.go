package fakejira_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
)

// office is a site with one project, one issue, and a few people: ann reports,
// bob is assigned, cem leads, dea is in a group, eve has a role, fay stands in a
// field, gus is in a group that stands in a field, hal only may log in; ian may
// not any more, joy is a customer of the portal.
func office() (*fakejira.World, *fakejira.Issue) {
	w := &fakejira.World{Groups: []*fakejira.Group{{ID: "staff"}, {ID: "team"}, {ID: "named"}, {ID: "agents", Members: []string{"hal"}}}}
	for _, name := range []string{"ann", "bob", "cem", "dea", "eve", "fay", "gus", "hal", "ian", "joy"} {
		u := &fakejira.User{ID: name, Kind: "atlassian", Active: name != "ian"}
		if name == "joy" {
			u.Kind = "customer"
		}
		w.Users = append(w.Users, u)
		w.Groups[0].Members = append(w.Groups[0].Members, name)
	}
	w.Groups[1].Members, w.Groups[2].Members = []string{"dea", "ian"}, []string{"gus"}
	w.Applications = []*fakejira.Application{{Key: "jira", Groups: []string{"staff"}}, {Key: "desk", Groups: []string{"agents"}}}
	w.Roles = []*fakejira.Role{{ID: 7, Name: "Developers"}}
	w.Permissions = []*fakejira.PermissionScheme{{ID: 1}}
	w.SecuritySchemes = []*fakejira.SecurityScheme{{ID: 1, Levels: []*fakejira.Level{{ID: 5}}}}
	w.Projects = []*fakejira.Project{{ID: 1, Key: "PAY", Lead: "cem", PermissionsID: 1, SecurityScheme: 1, Actors: map[int64]*fakejira.Actors{7: {Users: []string{"eve", "joy"}, Groups: []string{"team"}}}}}
	i := &fakejira.Issue{ID: 1, Key: "PAY-1", Project: 1, Reporter: "ann", Assignee: "bob", Values: map[string][]string{"cf1": {"fay"}, "cf2": {"named"}}}
	w.Issues = []*fakejira.Issue{i}
	return w, i
}

func who(w *fakejira.World, sees func(string) bool) string {
	out := ""
	for _, u := range w.Users {
		if sees(u.ID) {
			out += u.ID + " "
		}
	}
	if sees("") {
		out += "public"
	}
	return out
}

// holders are all kinds with those of the office whom each lets in.
var holders = map[fakejira.Holder]string{
	{Kind: fakejira.Anyone}:                         "ann bob cem dea eve fay gus hal public",
	{Kind: fakejira.AppAccess}:                      "ann bob cem dea eve fay gus hal ",
	{Kind: fakejira.AppAccess, Value: "desk"}:       "hal ",
	{Kind: fakejira.Assignee}:                       "bob ",
	{Kind: fakejira.GroupHolder, Value: "team"}:     "dea ",
	{Kind: fakejira.GroupField, Value: "cf2"}:       "gus ",
	{Kind: fakejira.Lead}:                           "cem ",
	{Kind: fakejira.RoleHolder, Value: "7"}:         "dea eve ",
	{Kind: fakejira.Reporter}:                       "ann ",
	{Kind: fakejira.Portal}:                         "",
	{Kind: fakejira.UserHolder, Value: "hal"}:       "hal ",
	{Kind: fakejira.UserHolder, Value: "ian"}:       "",
	{Kind: fakejira.UserField, Value: "cf1"}:        "fay ",
	{Kind: "somethingNew", Value: "ann"}:            "",
	{Kind: fakejira.GroupHolder, Value: "nowhere"}:  "",
	{Kind: fakejira.AppAccess, Value: "confluence"}: "",
}

func TestEachHolderLetsInWhomAtlassianSays(t *testing.T) {
	for holder, want := range holders {
		w, i := office()
		w.Permissions[0].Grants = []fakejira.Grant{{Permission: fakejira.Browse, Holder: holder}, {Permission: "EDIT_ISSUES", Holder: fakejira.Holder{Kind: fakejira.Anyone}}}
		require.Equal(t, want, who(w, func(u string) bool { return w.MaySee(u, i) }), "browse by %v", holder)
		// The same holder as a level, where all may browse.
		w.Permissions[0].Grants[0].Holder = fakejira.Holder{Kind: fakejira.Anyone}
		i.Level = 5
		require.Empty(t, who(w, func(u string) bool { return w.MaySee(u, i) }), "a level without members")
		w.SecuritySchemes[0].Levels[0].Members = []fakejira.Holder{holder}
		require.Equal(t, want, who(w, func(u string) bool { return w.MaySee(u, i) }), "level of %v", holder)
	}
}

func TestALevelNarrowsAndNeverWidens(t *testing.T) {
	w, i := office()
	w.Permissions[0].Grants = []fakejira.Grant{{Permission: fakejira.Browse, Holder: fakejira.Holder{Kind: fakejira.Reporter}}, {Permission: fakejira.Browse, Holder: fakejira.Holder{Kind: fakejira.Assignee}}}
	i.Level, w.SecuritySchemes[0].Levels[0].Members = 5, []fakejira.Holder{{Kind: fakejira.Assignee}, {Kind: fakejira.AppAccess, Value: "desk"}}
	require.Equal(t, "bob ", who(w, func(u string) bool { return w.MaySee(u, i) }))
}

func TestACommentIsForItsGroupItsRoleOrAllWhoSeeTheIssue(t *testing.T) {
	w, i := office()
	w.Permissions[0].Grants = []fakejira.Grant{{Permission: fakejira.Browse, Holder: fakejira.Holder{Kind: fakejira.Anyone}}}
	all := "ann bob cem dea eve fay gus hal "
	for want, c := range map[string]*fakejira.Comment{all + "public": {}, all: {Internal: true}, "dea ": {Group: "team"}, "dea eve ": {Role: 7}} {
		require.Equal(t, want, who(w, func(u string) bool { return w.MaySeeComment(u, i, c) }))
	}
	w.Permissions[0].Grants[0].Holder = fakejira.Holder{Kind: fakejira.UserHolder, Value: "eve"}
	require.Equal(t, "eve ", who(w, func(u string) bool { return w.MaySeeComment(u, i, &fakejira.Comment{Role: 7}) }), "only with the issue")
}

func TestArchivedProjectsAreOpenedByLinkAndNotFound(t *testing.T) {
	w, i := office()
	w.Permissions[0].Grants = []fakejira.Grant{{Permission: fakejira.Browse, Holder: fakejira.Holder{Kind: fakejira.UserHolder, Value: "eve"}}}
	w.Projects[0].Archived = true
	require.True(t, w.MaySee("eve", i))
	require.False(t, w.InSearch("eve", i))
}

func TestAnIssueThatIsRestrictedToRolesIsForTheseAlone(t *testing.T) {
	w, i := office()
	w.Permissions[0].Grants = []fakejira.Grant{{Permission: fakejira.Browse, Holder: fakejira.Holder{Kind: fakejira.Anyone}}}
	w.Projects[0].TeamManaged, i.RestrictedTo = true, []int64{7}
	require.Equal(t, "dea eve ", who(w, func(u string) bool { return w.MaySee(u, i) }))
}
