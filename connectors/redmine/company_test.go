package redmine_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/eyeshot-dev/eyeshot/connectors/redmine/redminetest"
)

// company is a Redmine with people, projects and issues, and what is known of
// it: numbers by which a test changes it.
type company struct {
	*redminetest.Server
	random   *rand.Rand
	users    map[string]int // login → id
	logins   []string
	groups   []int
	roles    []int // that members may have
	projects []string
	issues   []int
	journals []int // with a text
	builtin  int   // the group of people who are no members
	archived []string
	locked   []int
}

const trackers = 3 // Bug, Feature, Support: Redmine's own

// roleScript makes roles of every kind that Redmine knows, and returns them.
const roleScript = `
Setting.issue_group_assignment = '1'
Setting.password_min_length = '4'
def role(name, visibility, permissions, trackers = nil)
  r = Role.new(name: name, issues_visibility: visibility, permissions: permissions)
  r.set_permission_trackers(:view_issues, trackers || :all)
  r.save!
  r.id
end
Role.where(builtin: 0).each { |r| r.destroy }
bug, feature, support = Tracker.sorted.pluck(:id)
Role.non_member.update!(permissions: [:view_issues, :view_wiki_pages], issues_visibility: 'default')
[
  role('Lead', 'all', [:view_issues, :view_private_notes, :view_wiki_pages, :add_issues, :add_issue_notes, :set_notes_private]),
  role('Developer', 'default', [:view_issues, :view_wiki_pages]),
  role('Reporter', 'own', [:view_issues]),
  role('Tester', 'default', [:view_issues, :view_private_notes], [bug]),
  role('Writer', 'all', [:view_wiki_pages]),
  role('Auditor', 'all', [:view_issues, :view_private_notes], [feature, support]),
  role('Guest', 'own', [:view_issues, :view_wiki_pages], [support]),
]`

// newCompany fills an empty Redmine.
func newCompany(t testing.TB, server *redminetest.Server, people, issues int) *company {
	t.Helper()
	c := &company{Server: server, random: rand.New(rand.NewPCG(7, 11)), users: map[string]int{}}
	c.Script(t, &c.roles, roleScript)
	c.Script(t, &c.builtin, `GroupNonMember.first.id`)
	c.people(t, people)
	c.makeProjects(t)
	for range 2 * people {
		c.join(t)
	}
	for i := range issues {
		c.issue(t, i)
	}
	c.handOver(t)
	for i, project := range c.projects {
		for _, page := range []string{"Wiki", "On_call", "Größe 50%"}[:1+i%3] {
			c.Call(t, http.MethodPut, "/projects/"+project+"/wiki/"+urlPath(page)+".json", map[string]any{"wiki_page": map[string]any{"text": "h1. " + page + "\n\nHow " + project + " works."}}, nil)
		}
	}
	return c
}

func (c *company) people(t testing.TB, count int) {
	for i := range count {
		login := fmt.Sprintf("u%02d", i)
		var made struct {
			User struct{ ID int }
		}
		c.Call(t, http.MethodPost, "/users.json", map[string]any{"user": map[string]any{
			"login": login, "firstname": "Person", "lastname": login, "mail": login + "@example.org", "password": "secret-" + login,
		}}, &made)
		c.users[login] = made.User.ID
		c.logins = append(c.logins, login)
	}
	for i := range 5 {
		var made struct {
			Group struct{ ID int }
		}
		c.Call(t, http.MethodPost, "/groups.json", map[string]any{"group": map[string]any{"name": fmt.Sprint("Team ", i), "user_ids": c.some(1 + i)}}, &made)
		c.groups = append(c.groups, made.Group.ID)
	}
	c.Call(t, http.MethodPut, fmt.Sprintf("/users/%d.json", c.users[c.logins[0]]), map[string]any{"user": map[string]any{"admin": true}}, nil)
}

// makeProjects makes a tree: every third project is below the one before, and
// some inherit its members.
func (c *company) makeProjects(t testing.TB) {
	parent := 0
	for i := range 8 {
		identifier := fmt.Sprint("p", i)
		body := map[string]any{"name": "Project " + identifier, "identifier": identifier, "is_public": i%2 == 0, "inherit_members": i%3 != 0,
			"enabled_module_names": []string{"issue_tracking", "wiki"}, "tracker_ids": []int{1, 2, 3}}
		if i%3 != 0 {
			body["parent_id"] = parent
		}
		var made struct {
			Project struct{ ID int }
		}
		c.Call(t, http.MethodPost, "/projects.json", map[string]any{"project": body}, &made)
		parent = made.Project.ID
		c.projects = append(c.projects, identifier)
	}
}

// some are the ids of some people.
func (c *company) some(count int) []int {
	var out []int
	for _, i := range c.random.Perm(len(c.logins))[:count] {
		out = append(out, c.users[c.logins[i]])
	}
	return out
}

func pick[T any](c *company, from []T) T { return from[c.random.IntN(len(from))] }

// principal is someone who can be a member: mostly a user, else a group.
func (c *company) principal() int {
	if c.random.IntN(3) == 0 {
		return pick(c, c.groups)
	}
	return c.users[pick(c, c.logins)]
}

func (c *company) someRoles() []int {
	roles := []int{pick(c, c.roles)}
	if c.random.IntN(4) == 0 {
		roles = append(roles, pick(c, c.roles))
	}
	return roles
}

// join makes someone a member; one who is already stays as they are.
func (c *company) join(t testing.TB) {
	path := "/projects/" + pick(c, c.projects) + "/memberships.json"
	c.attempt(t, http.MethodPost, path, map[string]any{"membership": map[string]any{"user_id": c.principal(), "role_ids": c.someRoles()}})
}

// attempt makes a request that Redmine may refuse because it makes no sense now.
func (c *company) attempt(t testing.TB, method, path string, body any) bool {
	t.Helper()
	status, err := c.Do(method, path, "", body, nil)
	if err != nil && (status < 400 || status >= 500) {
		t.Fatal(err)
	}
	return err == nil
}

func (c *company) issue(t testing.TB, n int) {
	body := map[string]any{"project_id": pick(c, c.projects), "tracker_id": 1 + c.random.IntN(trackers), "subject": fmt.Sprintf("Refund %d fails after a partial capture", n),
		"description": fmt.Sprintf("Merchant %d reported it.", n), "is_private": c.random.IntN(3) == 0}
	var made struct {
		Issue struct{ ID int }
	}
	c.Call(t, http.MethodPost, "/issues.json", map[string]any{"issue": body}, &made)
	c.issues = append(c.issues, made.Issue.ID)
	for i := range n % 3 {
		c.Call(t, http.MethodPut, fmt.Sprintf("/issues/%d.json", made.Issue.ID), map[string]any{"issue": map[string]any{
			"notes": fmt.Sprintf("Note %d of %d: the gateway answers late.", i, n), "private_notes": c.random.IntN(2) == 0}}, nil)
	}
}

// handOver gives the issues and notes that the administrator has written to
// others, which the API can't, and assigns some.
func (c *company) handOver(t testing.TB) {
	c.Script(t, &c.journals, fmt.Sprintf(`
random = Random.new(5)
users, groups = User.where("login LIKE 'u%%'").order(:id).pluck(:id), %s
Issue.order(:id).each do |i|
  assignee = [nil, users.sample(random: random), groups.sample(random: random)].sample(random: random)
  i.update_columns(author_id: users.sample(random: random), assigned_to_id: assignee)
end
Journal.where.not(notes: [nil, '']).order(:id).each { |j| j.update_columns(user_id: users.sample(random: random)) }.pluck(:id)`, list(c.groups)))
}

func list(numbers []int) string {
	out := "["
	for _, n := range numbers {
		out += fmt.Sprint(n, ",")
	}
	return out + "]"
}
