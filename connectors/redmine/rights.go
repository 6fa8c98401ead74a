package redmine

import "slices"

// visibility is how far one sees the issues of a tracker. Redmine takes the
// widest of someone's roles, so they are in order.
type visibility int

const (
	none   visibility = iota
	own               // those that one wrote, or that are assigned to one
	public            // and all that are not private
	all
)

// visibilities are Redmine's words for them. A word that is not known is none.
var visibilities = map[string]visibility{"own": own, "default": public, "all": all}

// role is what a role lets its holders see.
type role struct {
	apiRole
	notes, wiki bool
	issues      visibility      // where the tracker is not restricted
	trackers    map[int]verdict // what is known of the restriction
}

func newRole(r apiRole) role {
	out := role{apiRole: r, trackers: map[int]verdict{}}
	out.notes = slices.Contains(r.Permissions, "view_private_notes")
	out.wiki = slices.Contains(r.Permissions, "view_wiki_pages")
	if slices.Contains(r.Permissions, "view_issues") {
		out.issues = visibilities[r.IssuesVisibility]
	}
	return out
}

// of is how far the role sees the issues of a tracker.
func (r role) of(tracker int) visibility {
	// SECURITY: a restriction that is not known is taken to be there.
	if r.trackers[tracker] != seen {
		return none
	}
	return r.issues
}

// rights are what some roles together let one see: each as far as the widest.
type rights struct {
	notes, wiki bool
	issues      map[int]visibility // by tracker
}

func (r *roster) rights(roles set) rights {
	sum := rights{issues: map[int]visibility{}}
	for id := range roles {
		role := r.roles[id]
		sum.notes = sum.notes || role.notes
		sum.wiki = sum.wiki || role.wiki
		for _, tracker := range r.trackers {
			sum.issues[tracker.ID] = max(sum.issues[tracker.ID], role.of(tracker.ID))
		}
	}
	for tracker, v := range r.combos[r.key(roles)] {
		sum.issues[tracker] = max(sum.issues[tracker], v)
	}
	return sum
}

// covers reports whether whoever has a loses nothing that b would give.
func (a rights) covers(b rights) bool {
	for tracker, v := range b.issues {
		if a.issues[tracker] < v {
			return false
		}
	}
	return (a.notes || !b.notes) && (a.wiki || !b.wiki)
}

func (a rights) empty() bool { return rights{}.covers(a) }
