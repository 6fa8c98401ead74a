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

// verdict is whether a role sees a tracker's issues at all.
type verdict int

const (
	unknown verdict = iota
	seen
	hidden
)

// unclear is a role and a tracker of which Redmine would not tell.
type unclear struct{ Role, Tracker string }

// sight is one thing that was observed: the trackers that someone with some
// roles sees in a project, of those that it has.
type sight struct {
	roles        set // those that let issues be seen at all
	has, visible set
}

// restrict finds out what trackers each role sees. Redmine tells a role's
// permissions, and not that "view issues" may be restricted to some trackers;
// but it tells each user the trackers that they see in a project. Who has one
// role there tells of that role; see combinations.go for roles that nobody has
// alone.
func (c *Connector) restrict(ctx context.Context, r *roster) error {
	sights, err := c.lookAs(ctx, r, r.witnesses())
	if err != nil {
		return err
	}
	conclude(r.roles, sights)
	c.override(r)
	if err := c.combine(ctx, r, sights); err != nil {
		return err
	}
	r.tellUnclear()
	return nil
}

func (c *Connector) lookAs(ctx context.Context, r *roster, users []int) ([]sight, error) {
	found := make([][]sight, len(users))
	err := c.each(ctx, len(users), func(ctx context.Context, i int) (err error) {
		found[i], err = c.look(ctx, r, users[i])
		return err
	})
	return slices.Concat(found...), err
}

// question is whether a role sees a tracker.
type question struct{ role, tracker int }

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

// seers are those of some roles that let issues be seen.
func (r *roster) seers(roles set) set {
	out := set{}
	for id := range roles {
		if r.roles[id].issues > none {
			out[id] = true
		}
	}
	return out
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

// conclude draws what follows: a tracker that someone does not see is hidden
// from all of their roles; one that they see is seen by the only role that it
// is not hidden from.
func conclude(roles map[int]role, sights []sight) {
	for _, s := range sights {
		for tracker := range s.has {
			if !s.visible[tracker] {
				for id := range s.roles {
					roles[id].trackers[tracker] = hidden
				}
			}
		}
	}
	for _, s := range sights {
		for tracker := range s.visible {
			left := slices.DeleteFunc(sorted(s.roles), func(id int) bool { return roles[id].trackers[tracker] == hidden })
			if len(left) == 1 {
				roles[left[0]].trackers[tracker] = seen
			}
		}
	}
}

// override takes what the configuration says of a role.
func (c *Connector) override(r *roster) {
	for _, role := range r.roles {
		names, said := c.config.Trackers[role.Name]
		if !said {
			continue
		}
		for _, tracker := range r.trackers {
			role.trackers[tracker.ID] = hidden
			if slices.Contains(names, tracker.Name) || slices.Contains(names, "*") {
				role.trackers[tracker.ID] = seen
			}
		}
	}
}

// tellUnclear lists what is unclear of roles that someone has, and of trackers
// that are used there.
func (r *roster) tellUnclear() {
	told := map[unclear]bool{}
	for i := range r.projects {
		p := &r.projects[i]
		for _, id := range sorted(r.seers(r.inUse(p))) {
			for _, tracker := range p.Trackers {
				what := unclear{r.roles[id].Name, tracker.Name}
				if r.roles[id].trackers[tracker.ID] == unknown && !told[what] {
					told[what] = true
					r.unclear = append(r.unclear, what)
				}
			}
		}
	}
}

// scope is what the issues of a tracker in a project share their permissions
// with: those of all trackers that every role there sees, or none.
func (r *roster) scope(p *project, tracker int) string {
	for id := range r.seers(r.inUse(p)) {
		if r.roles[id].trackers[tracker] != seen {
			return "tracker-" + strconv.Itoa(tracker)
		}
	}
	return plainScope
}

func ids(refs []ref) set {
	out := set{}
	for _, r := range refs {
		out[r.ID] = true
	}
	return out
}
