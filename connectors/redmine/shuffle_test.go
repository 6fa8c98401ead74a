package redmine_test

import (
	"fmt"
	"net/http"
	"testing"
)

// change changes something that permissions hang on, at random, and says what;
// content is true where documents come back that were gone from Redmine, so
// that their texts have to be read again.
func (c *company) change(t testing.TB) (what string, content bool) {
	t.Helper()
	kinds := []func(testing.TB) (string, bool){
		c.changeMembership, c.changeMembership, c.changeMembership, c.changeMembership, c.changeRole, c.changeRole, c.changeProject, c.changeProject,
		c.changeIssue, c.changeIssue, c.changeIssue, c.changeGroup, c.changeGroup, c.changeUser, c.changeNote, c.archive,
	}
	for {
		if what, content := pick(c, kinds)(t); what != "" {
			return what, content
		}
	}
}

// changeMembership joins, leaves, or gives other roles: to a user, a group, or
// all who are no members.
func (c *company) changeMembership(t testing.TB) (string, bool) {
	project := pick(c, c.projects)
	var listed struct {
		Memberships []struct{ ID int }
	}
	if _, err := c.Do(http.MethodGet, "/projects/"+project+"/memberships.json?limit=100", "", nil, &listed); err != nil {
		return "", false // archived
	}
	roles := map[string]any{"role_ids": c.someRoles()}
	kind := c.random.IntN(5)
	if kind < 3 || len(listed.Memberships) == 0 {
		roles["user_id"] = c.principal()
		if c.random.IntN(5) == 0 {
			roles["user_id"] = c.builtin
		}
		return c.done(t, http.MethodPost, "/projects/"+project+"/memberships.json", map[string]any{"membership": roles})
	}
	path := fmt.Sprintf("/memberships/%d.json", pick(c, listed.Memberships).ID)
	if kind == 3 {
		return c.done(t, http.MethodDelete, path, nil)
	}
	return c.done(t, http.MethodPut, path, map[string]any{"membership": roles})
}

// done makes a request and names it; "" where Redmine refused it.
func (c *company) done(t testing.TB, method, path string, body any) (string, bool) {
	if !c.attempt(t, method, path, body) {
		return "", false
	}
	return fmt.Sprint(method, " ", path, " ", body), false
}

// changeRole changes what a role lets one see, which no API does. What it takes
// it gives back more often, or soon nobody would see anything.
func (c *company) changeRole(t testing.TB) (string, bool) {
	role, script := pick(c, c.roles), ""
	if c.random.IntN(5) == 0 {
		role = 1 // of those who are no members
	}
	switch c.random.IntN(3) {
	case 0:
		permission := pick(c, []string{"view_issues", "view_private_notes", "view_wiki_pages"})
		script = fmt.Sprintf("r.has_permission?(:%[1]s) && %[2]t ? r.remove_permission!(:%[1]s) : r.add_permission!(:%[1]s)", permission, c.random.IntN(3) == 0)
	case 1:
		script = fmt.Sprintf("r.update!(issues_visibility: '%s')", pick(c, []string{"all", "default", "own"}))
	case 2:
		script = fmt.Sprintf("r.set_permission_trackers(:view_issues, %s); r.save!", pick(c, []string{":all", "[1]", "[2, 3]", "[1, 3]", ":all"}))
	}
	c.Script(t, nil, fmt.Sprintf("r = Role.find(%d); %s; nil", role, script))
	return fmt.Sprint("role ", role, ": ", script), false
}

func (c *company) changeProject(t testing.TB) (string, bool) {
	path := "/projects/" + pick(c, c.projects)
	var read struct {
		Project struct {
			IsPublic bool `json:"is_public"`
			Inherit  bool `json:"inherit_members"`
			Status   int
		}
	}
	if _, err := c.Do(http.MethodGet, path+".json", "", nil, &read); err != nil {
		return "", false
	}
	switch c.random.IntN(5) {
	case 0, 1:
		return c.done(t, http.MethodPut, path+".json", map[string]any{"project": map[string]any{"is_public": !read.Project.IsPublic}})
	case 2:
		return c.done(t, http.MethodPut, path+".json", map[string]any{"project": map[string]any{"inherit_members": !read.Project.Inherit}})
	case 3:
		both := []string{"issue_tracking", "wiki"}
		modules := pick(c, [][]string{both, both, both, both[:1], both[1:]})
		what, _ := c.done(t, http.MethodPut, path+".json", map[string]any{"project": map[string]any{"enabled_module_names": modules}})
		return what, true
	}
	if read.Project.Status == 5 {
		return c.done(t, http.MethodPut, path+"/reopen.json", nil)
	}
	return c.done(t, http.MethodPut, path+"/close.json", nil)
}

// archive archives a project, or brings back the one that is: with more, hardly
// anybody would see anything.
func (c *company) archive(t testing.TB) (string, bool) {
	if len(c.archived) > 0 {
		path := c.archived[0] + "/unarchive.json"
		c.archived = c.archived[1:]
		what, _ := c.done(t, http.MethodPut, path, nil)
		return what, true
	}
	path := "/projects/" + pick(c, c.projects)
	what, _ := c.done(t, http.MethodPut, path+"/archive.json", nil)
	if what != "" {
		c.archived = append(c.archived, path)
	}
	return what, false
}

func (c *company) changeIssue(t testing.TB) (string, bool) {
	change := map[string]any{}
	switch c.random.IntN(5) {
	case 0, 1:
		change["is_private"] = c.random.IntN(2) == 0
	case 2:
		change["assigned_to_id"] = c.principal()
	case 3:
		change["tracker_id"] = 1 + c.random.IntN(trackers)
	case 4:
		change["project_id"] = pick(c, c.projects)
	}
	return c.done(t, http.MethodPut, fmt.Sprintf("/issues/%d.json", pick(c, c.issues)), map[string]any{"issue": change})
}

func (c *company) changeGroup(t testing.TB) (string, bool) {
	path := fmt.Sprintf("/groups/%d/users", pick(c, c.groups))
	user := c.users[pick(c, c.logins)]
	if c.random.IntN(2) == 0 {
		return c.done(t, http.MethodPost, path+".json", map[string]any{"user_id": user})
	}
	return c.done(t, http.MethodDelete, fmt.Sprint(path, "/", user, ".json"), nil)
}

// changeUser locks a user, lets in one of the two who are locked, or makes and
// unmakes administrators.
func (c *company) changeUser(t testing.TB) (string, bool) {
	id, change := c.users[pick(c, c.logins)], map[string]any{}
	switch {
	case c.random.IntN(3) == 0:
		change["admin"] = c.random.IntN(3) == 0
	case len(c.locked) > 1:
		id, change["status"] = c.locked[0], 1
		c.locked = c.locked[1:]
	default:
		change["status"] = 3
		c.locked = append(c.locked, id)
	}
	return c.done(t, http.MethodPut, fmt.Sprintf("/users/%d.json", id), map[string]any{"user": change})
}

// changeNote makes a note private, or public, long after it was written.
func (c *company) changeNote(t testing.TB) (string, bool) {
	return c.done(t, http.MethodPut, fmt.Sprintf("/journals/%d.json", pick(c, c.journals)), map[string]any{"journal": map[string]any{"private_notes": c.random.IntN(2) == 0}})
}
