package redmine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// combo is how far some roles together see the issues of a tracker, where it is
// not known which of them does.
type combo map[int]visibility

// key names a combination of roles by those that let issues be seen.
func (r *roster) key(roles set) string {
	var parts []string
	for _, id := range sorted(r.seers(roles)) {
		parts = append(parts, strconv.Itoa(id))
	}
	return strings.Join(parts, "-")
}

// combine finds out about roles that nobody has alone, so that no sight tells
// of one of them. What is seen by a combination is then given to those who have
// that combination, and to no one who has one of its roles with others.
func (c *Connector) combine(ctx context.Context, r *roster, sights []sight) error {
	r.combos = map[string]combo{}
	users := set{}
	for _, places := range r.unresolved() {
		users[places[0].user] = true
	}
	more, err := c.lookAs(ctx, r, sorted(users))
	if err != nil {
		return err
	}
	sights = append(sights, more...)
	conclude(r.roles, sights)
	c.override(r)
	unresolved := r.unresolved()
	for _, s := range sights {
		if _, open := unresolved[r.key(s.roles)]; open {
			r.atLeast(s)
		}
	}
	for key, places := range unresolved {
		if err := c.measure(ctx, r, key, places); err != nil {
			return err
		}
	}
	return nil
}

// unresolved are the combinations of roles of which one is unclear, with who
// has them where.
func (r *roster) unresolved() map[string][]place {
	out := map[string][]place{}
	for at := range r.somewhere() {
		if roles := r.seers(r.held(at.project, at.user)); len(roles) > 1 && r.isUnclear(roles) {
			key := r.key(roles)
			out[key] = append(out[key], at)
		}
	}
	return out
}

func (r *roster) isUnclear(roles set) bool {
	for id := range roles {
		for _, tracker := range r.trackers {
			if r.roles[id].trackers[tracker.ID] == unknown {
				return true
			}
		}
	}
	return false
}

// atLeast notes how far a combination surely sees the trackers of a sight: where
// no role is known to see one, some unclear role does, and so as far as the
// narrowest of those.
func (r *roster) atLeast(s sight) {
	least := combo{}
	for tracker := range s.visible {
		if v := r.narrowest(s.roles, tracker); v > none {
			least[tracker] = v
		}
	}
	r.combos[r.key(s.roles)] = least
}

// narrowest is how far the narrowest unclear role sees, or none where another
// is known to see the tracker.
func (r *roster) narrowest(roles set, tracker int) visibility {
	least := none
	for id := range roles {
		switch role := r.roles[id]; role.trackers[tracker] {
		case seen:
			return none
		case unknown:
			if least == none || role.issues < least {
				least = role.issues
			}
		}
	}
	return least
}

// measured is of how many people with a combination of roles in a project their
// issues are looked at.
const measured = 3

// measure looks at the issues that people with a combination of roles see. One
// that another wrote says more than what roles tell.
func (c *Connector) measure(ctx context.Context, r *roster, key string, places []place) error {
	count := map[*project]int{}
	for _, at := range places {
		if count[at.project]++; count[at.project] > measured {
			continue
		}
		for tracker := range r.doubtful(r.held(at.project, at.user), r.combos[key]) {
			v, err := c.farthest(ctx, r, at, tracker)
			if err != nil {
				return err
			}
			if r.combos[key] == nil {
				r.combos[key] = combo{}
			}
			r.combos[key][tracker] = max(r.combos[key][tracker], v)
		}
	}
	return nil
}

// doubtful are the trackers of which an unclear role might show more than is
// known.
func (r *roster) doubtful(roles set, known combo) set {
	out := set{}
	for _, tracker := range r.trackers {
		least := known[tracker.ID]
		for id := range roles {
			least = max(least, r.roles[id].of(tracker.ID))
		}
		for id := range roles {
			if r.roles[id].trackers[tracker.ID] == unknown && r.roles[id].issues > least {
				out[tracker.ID] = true
			}
		}
	}
	return out
}

// farthest is how far someone sees the issues of a tracker, by those that they
// do see.
func (c *Connector) farthest(ctx context.Context, r *roster, at place, tracker int) (visibility, error) {
	filter := inProject(at.project.ID)
	filter["tracker_id"] = []string{strconv.Itoa(tracker)}
	v := none
	for page, err := range c.issuePages(ctx, r.accounts[at.user].Login, filter, 0) {
		if errors.Is(err, eyeshot.ErrForbidden) || errors.Is(err, eyeshot.ErrNotFound) || errors.Is(err, eyeshot.ErrInvalid) {
			return none, nil // locked, or nothing of it to be seen any more
		}
		if err != nil {
			return none, err
		}
		for i := range page {
			v = max(v, r.told(&page[i], at.user))
		}
	}
	if same, err := c.sameRoles(ctx, r, at.user); err != nil || !same {
		return none, err
	}
	return v, nil
}

// told is how far someone sees who sees an issue.
func (r *roster) told(issue *apiIssue, user int) visibility {
	for _, who := range []*ref{issue.Author, issue.AssignedTo} {
		if who != nil && (who.ID == user || r.groups[who.ID][user]) {
			return own
		}
	}
	if issue.IsPrivate == nil || *issue.IsPrivate {
		return all
	}
	return public
}

// combinations tells who has a combination of roles of which more is known than
// of its roles.
func (a *access) combinations(p *project) (holders []holder) {
	byKey := map[string]set{}
	for user, roles := range p.users {
		if key := a.key(roles); len(a.combos[key]) > 0 {
			if byKey[key] == nil {
				byKey[key] = set{}
			}
			byKey[key][user] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		group := a.names.roles(p.Identifier, key)
		for _, user := range sorted(byKey[key]) {
			subject, _ := a.subject(user)
			a.tell(group, "member", subject)
		}
		holders = append(holders, holder{members(group), rights{issues: a.combos[key]}})
	}
	return holders
}
