package redmine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func members3() project {
	return project{apiProject: apiProject{ID: 1, Identifier: "pay"}, users: map[int]set{1: {lead: true}, 2: {reporter: true}, 3: {tester: true}}, groups: map[int]set{}}
}

// on picks what is told of an object's relation.
func on(lines []string, start string) []string {
	var out []string
	for _, line := range lines {
		if rest, found := strings.CutPrefix(line, start+"@"); found {
			out = append(out, rest)
		}
	}
	return out
}

func TestARoleSeesTheIssuesThatItsVisibilityAndItsTrackersAllow(t *testing.T) {
	r := newRoster(3)
	r.with(members3())
	lines := told(r)
	role := func(id int) string { return fmt.Sprintf("group:r/pay/role-%d#member", id) }
	admins := "group:r/admins#member"
	// Bug is seen by every role, Feature not by the tester.
	require.Equal(t, []string{admins, role(lead), role(reporter), role(tester)}, on(lines, "project:r/pay/issues#viewer"))
	require.Equal(t, []string{admins, role(lead), role(tester)}, on(lines, "security_level:r/pay/issues/public#cleared"))
	require.Equal(t, []string{admins, role(lead)}, on(lines, "security_level:r/pay/issues/private#cleared"))
	require.Equal(t, []string{admins, role(lead), role(reporter)}, on(lines, "project:r/pay/tracker-2#viewer"))
	require.Equal(t, []string{admins, role(lead)}, on(lines, "security_level:r/pay/tracker-2/public#cleared"))
	require.Equal(t, []string{admins, role(lead)}, on(lines, "group:r/pay/private-notes#member"))
	require.Equal(t, []string{admins, role(lead)}, on(lines, "folder:r/pay/wiki#viewer"))
	require.Empty(t, on(lines, "project:r/pay#viewer"), "nobody browses by the project itself")
}

func TestWhatIsNotKnownOfARoleIsClosed(t *testing.T) {
	r := newRoster(3)
	r.with(members3())
	r.roles[lead].trackers[1] = unknown
	require.NotContains(t, on(told(r), "project:r/pay/tracker-1#viewer"), "group:r/pay/role-3#member")
}

func TestAGroupIsNamedWhereAllOfItsMembersAreMembers(t *testing.T) {
	r := newRoster(4)
	p := members3()
	p.users = map[int]set{1: {lead: true}, 2: {lead: true}, 4: {lead: true}}
	p.groups = map[int]set{9: {lead: true}}
	r.groups[9] = set{1: true, 2: true}
	r.with(p)
	require.Equal(t, []string{"group:r/group-9#member", "user:4"}, on(told(r), "group:r/pay/role-3#member"))

	// Redmine asks each one's own membership: 3 is in the group and has none.
	r.groups[9][3] = true
	require.Equal(t, []string{"user:1", "user:2", "user:4"}, on(told(r), "group:r/pay/role-3#member"))
}

func TestASubprojectNamesTheParentWhoseMembersItInherits(t *testing.T) {
	r := newRoster(4)
	r.with(members3())
	child := members3()
	child.ID, child.Identifier, child.Parent, child.InheritMembers = 2, "api", &ref{ID: 1}, true
	child.users = map[int]set{1: {lead: true}, 2: {reporter: true}, 3: {tester: true}, 4: {lead: true}}
	r.with(child)
	lines := told(r)
	require.Equal(t, []string{"group:r/pay/role-3#member", "user:4"}, on(lines, "group:r/api/role-3#member"))

	delete(r.byProject[2].users, 1)
	require.Equal(t, []string{"user:4"}, on(told(r), "group:r/api/role-3#member"), "the copies disagree: only they count")
	r.byProject[2].users[1], r.byProject[2].InheritMembers = set{lead: true}, false
	require.Equal(t, []string{"user:1", "user:4"}, on(told(r), "group:r/api/role-3#member"))
}

func TestAPublicProjectIsForAllAccountsButMembersWhoSeeLess(t *testing.T) {
	r := newRoster(5)
	r.roles[1] = role{issues: public, wiki: true, trackers: map[int]verdict{1: seen, 2: seen}}
	p := members3()
	p.IsPublic = true
	r.with(p)
	lines := told(r)
	require.Contains(t, on(lines, "project:r/pay/issues#viewer"), "group:r/pay/others#member")
	require.Equal(t, []string{"user:1", "user:4", "user:5"}, on(lines, "group:r/pay/others#member"), "reporter and tester see less than one who is no member")
	require.NotContains(t, on(lines, "security_level:r/pay/issues/private#cleared"), "group:r/pay/others#member")

	r.byProject[1].users = map[int]set{1: {lead: true}}
	lines = told(r)
	require.Contains(t, on(lines, "project:r/pay/issues#viewer"), "group:r/accounts#member")
	require.Equal(t, []string{"group:r/accounts/0#member"}, on(lines, "group:r/accounts#member"))

	r.byProject[1].IsPublic = false
	require.False(t, slices.ContainsFunc(told(r), func(line string) bool { return strings.Contains(line, "@group:r/accounts#member") }))
}

func TestEverybodyIsNamedOnlyWhereTheConfigurationAllowsIt(t *testing.T) {
	r := newRoster(3)
	r.roles[1] = role{issues: public, trackers: map[int]verdict{1: seen, 2: seen}}
	p := members3()
	p.IsPublic, p.users = true, map[int]set{1: {lead: true}}
	r.with(p)
	require.NotContains(t, strings.Join(told(r), "\n"), "user:*")
	r.public = true
	require.Contains(t, on(told(r), "project:r/pay/issues#viewer"), "user:*")
	require.NotContains(t, on(told(r), "security_level:r/pay/issues/private#cleared"), "user:*")
	// A member who sees less would see more as one of everybody.
	r.byProject[1].users[2] = set{reporter: true}
	require.NotContains(t, strings.Join(told(r), "\n"), "user:*")
}

func TestRolesThatNobodyHasAloneAreConcludedAsFarAsTheyCanBe(t *testing.T) {
	r := newRoster(4)
	for _, id := range []int{lead, reporter, tester} {
		clear(r.roles[id].trackers)
	}
	has := set{1: true, 2: true}
	conclude(r.roles, []sight{
		{roles: set{tester: true}, has: has, visible: set{1: true}},
		{roles: set{tester: true, reporter: true}, has: has, visible: has},
		{roles: set{lead: true, reporter: true}, has: has, visible: has},
	})
	require.Equal(t, seen, r.roles[tester].trackers[1])
	require.Equal(t, hidden, r.roles[tester].trackers[2])
	require.Equal(t, seen, r.roles[reporter].trackers[2], "nobody else can have shown it")
	require.Equal(t, unknown, r.roles[lead].trackers[1], "the reporter may have shown it")

	r.combos = map[string]combo{}
	p := members3()
	p.users = map[int]set{4: {lead: true, reporter: true}}
	r.with(p)
	r.atLeast(sight{roles: set{lead: true, reporter: true}, has: has, visible: set{1: true}})
	require.Equal(t, own, r.rights(set{lead: true, reporter: true}).issues[1], "one of the two shows it, and the narrower is sure")
	require.Equal(t, none, r.rights(set{lead: true}).issues[1])
	require.Contains(t, on(told(r), "group:r/pay/roles-3-4#member"), "user:4")
}
