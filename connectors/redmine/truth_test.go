package redmine_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
)

// sight is what one person sees: documents by the names that Eyeshot gives them.
type sight map[eyeshot.Object]bool

func urlPath(s string) string { return url.PathEscape(s) }

func object(t testing.TB, typ, local string) eyeshot.Object {
	t.Helper()
	o, err := eyeshot.NewObject(typ, "redmine", local)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// askAll asks Redmine's own code what each person sees.
func (c *company) askAll(t testing.TB) map[string]sight {
	t.Helper()
	var answer map[string]struct {
		Issues []int       `json:"issues"`
		Notes  [][2]int    `json:"notes"`
		Pages  [][2]string `json:"pages"`
	}
	c.Script(t, &answer, `
private_ones = Journal.where(private_notes: true).pluck(:journalized_id).to_set
plain = Journal.where.not(notes: [nil, '']).pluck(:journalized_id, :id).group_by(&:first)
pages = WikiPage.includes(wiki: :project).to_a
User.active.where("login LIKE 'u%'").to_h do |user|
  issues = Issue.visible(user).to_a
  notes = issues.flat_map do |i|
    next plain[i.id] || [] unless private_ones.include?(i.id)
    i.visible_journals_with_index(user).select { |j| j.notes.present? }.map { |j| [i.id, j.id] }
  end
  [user.login, {issues: issues.map(&:id), notes: notes, pages: pages.select { |p| p.visible?(user) }.map { |p| [p.project.identifier, p.title] }}]
end`)
	out := map[string]sight{}
	for login := range c.users {
		out[login] = sight{} // who is locked sees nothing
	}
	for login, seen := range answer {
		for _, id := range seen.Issues {
			out[login][object(t, "ticket", strconv.Itoa(id))] = true
		}
		for _, n := range seen.Notes {
			out[login][object(t, "comment", fmt.Sprintf("%d/note-%d", n[0], n[1]))] = true
		}
		for _, p := range seen.Pages {
			out[login][object(t, "document", p[0]+"/wiki/"+p[1])] = true
		}
	}
	return out
}

// askEach asks Redmine's API as each person, some side by side.
func (c *company) askEach(t testing.TB, withNotes map[int]bool) map[string]sight {
	t.Helper()
	answers := make([]sight, len(c.logins))
	group := errgroup.Group{}
	group.SetLimit(8)
	for i, login := range c.logins {
		group.Go(func() (err error) {
			answers[i], err = c.askAs(t, login, withNotes)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	out := map[string]sight{}
	for i, login := range c.logins {
		out[login] = answers[i]
	}
	return out
}

// askAs asks as one person, with X-Redmine-Switch-User.
func (c *company) askAs(t testing.TB, login string, withNotes map[int]bool) (sight, error) {
	out := sight{}
	var listed struct {
		Issues []struct{ ID int }
		Total  int `json:"total_count"`
	}
	for offset := 0; offset == 0 || offset < listed.Total; offset += 100 {
		listed.Issues = nil
		status, err := c.Do(http.MethodGet, fmt.Sprintf("/issues.json?status_id=*&limit=100&offset=%d", offset), login, nil, &listed)
		if status == http.StatusPreconditionFailed || status == http.StatusForbidden {
			break // locked, or nothing to see anywhere
		}
		if err != nil {
			return nil, err
		}
		for _, issue := range listed.Issues {
			out[object(t, "ticket", strconv.Itoa(issue.ID))] = true
			if withNotes[issue.ID] {
				if err := c.notesAs(t, login, issue.ID, out); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, project := range c.projects {
		if err := c.pagesAs(t, login, project, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *company) notesAs(t testing.TB, login string, issue int, out sight) error {
	var read struct {
		Issue struct {
			Journals []struct {
				ID    int
				Notes string
			}
		}
	}
	_, err := c.Do(http.MethodGet, fmt.Sprintf("/issues/%d.json?include=journals", issue), login, nil, &read)
	for _, journal := range read.Issue.Journals {
		if journal.Notes != "" {
			out[object(t, "comment", fmt.Sprintf("%d/note-%d", issue, journal.ID))] = true
		}
	}
	return err
}

func (c *company) pagesAs(t testing.TB, login, project string, out sight) error {
	var listed struct {
		Pages []struct{ Title string } `json:"wiki_pages"`
	}
	status, err := c.Do(http.MethodGet, "/projects/"+project+"/wiki/index.json", login, nil, &listed)
	if status == 0 || status >= 500 {
		return err
	}
	for _, page := range listed.Pages {
		out[object(t, "document", project+"/wiki/"+page.Title)] = true
	}
	return nil
}
