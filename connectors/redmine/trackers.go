package redmine

import (
	"context"
	"slices"
	"strconv"
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
