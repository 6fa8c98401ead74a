package redmine

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
)

// witnesses are few accounts that have every role alone somewhere, in projects
// with every tracker.
func (r *roster) witnesses() []int {
	answers := map[int]map[question]bool{}
	for at := range r.somewhere() {
		roles := r.seers(r.held(at.project, at.user))
		if len(roles) != 1 {
			continue
		}
		if answers[at.user] == nil {
			answers[at.user] = map[question]bool{}
		}
		for _, tracker := range at.project.Trackers {
			answers[at.user][question{sorted(roles)[0], tracker.ID}] = true
		}
	}
	answered, asked := map[question]bool{}, set{}
	// Those who tell most come first, so that few have to be asked.
	for _, user := range slices.SortedFunc(maps.Keys(answers), func(a, b int) int {
		return cmp.Or(len(answers[b])-len(answers[a]), a-b)
	}) {
		for q := range answers[user] {
			if !answered[q] {
				answered[q], asked[user] = true, true
			}
		}
	}
	return sorted(asked)
}

// place is someone in a project.
type place struct {
	user    int
	project *project
}

// strangers is how many of the people who are not in a public project are
// looked at: all have the same roles there.
const strangers = 3

// somewhere walks the places of people in projects that have issues, but for
// administrators, who see all whatever their roles.
func (r *roster) somewhere() iter.Seq[place] {
	return func(yield func(place) bool) {
		people := slices.DeleteFunc(sorted(r.accounts), func(id int) bool { return r.accounts[id].Admin })
		for i := range r.projects {
			p, outside := &r.projects[i], 0
			if !p.has(issueModule) {
				continue
			}
			for _, user := range people {
				if _, member := p.users[user]; !member {
					if outside++; outside > strangers || !p.IsPublic {
						continue
					}
				}
				if !yield(place{user, p}) {
					return
				}
			}
		}
	}
}

// look asks as a user. One who was locked, or whose roles have changed since
// they were read, tells nothing.
func (c *Connector) look(ctx context.Context, r *roster, user int) ([]sight, error) {
	var sights []sight
	for p, err := range c.projectsSeenBy(ctx, r.accounts[user].Login) {
		if httpsource.Status(err) == http.StatusPreconditionFailed {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if known := r.byProject[p.ID]; known != nil && known.has(issueModule) {
			sights = append(sights, sight{roles: r.seers(r.held(known, user)), has: ids(known.Trackers), visible: ids(p.Trackers)})
		}
	}
	// SECURITY: what someone sees by a new role must not be told of their old one.
	same, err := c.sameRoles(ctx, r, user)
	if err != nil || !same {
		return nil, err
	}
	return sights, nil
}

// sameRoles reads a user's memberships again.
func (c *Connector) sameRoles(ctx context.Context, r *roster, user int) (bool, error) {
	var answer struct {
		User struct {
			Memberships []struct {
				Project ref   `json:"project"`
				Roles   []ref `json:"roles"`
			} `json:"memberships"`
		} `json:"user"`
	}
	err := c.get(ctx, "", "/users/"+strconv.Itoa(user)+".json", url.Values{"include": {"memberships"}}, &answer)
	if errors.Is(err, eyeshot.ErrNotFound) {
		return false, nil
	}
	now := map[int]set{}
	for _, m := range answer.User.Memberships {
		now[m.Project.ID] = ids(m.Roles)
	}
	for _, p := range r.projects {
		if !maps.Equal(p.users[user], now[p.ID]) {
			return false, err
		}
	}
	return true, err
}
