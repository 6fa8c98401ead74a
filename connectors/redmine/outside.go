package redmine

import (
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
)

// bucketSize is how many ids of accounts are one bucket of the group of all
// accounts. Where some have to be left out, the buckets that hold none of them
// are named whole.
const bucketSize = 100

// outside tells who sees a public project without being in it: every account,
// but for members who have roles there that see less. Redmine gives a member
// the roles of a non-member no longer.
func (a *access) outside(p *project) []holder {
	outsiders := a.rights(a.outsiders(p))
	if outsiders.empty() {
		return nil
	}
	less := a.seeLess(p, outsiders)
	if len(less) == 0 && a.public {
		// SECURITY: the only place that names everybody, and only where Redmine
		// shows the project to every account and the configuration allows it.
		return []holder{{"user:*", outsiders}, {members(a.names.accounts()), outsiders}}
	}
	if len(less) == 0 {
		return []holder{{members(a.names.accounts()), outsiders}}
	}
	group := a.names.others(p.Identifier)
	a.allBut(group, less)
	return []holder{{members(group), outsiders}}
}

// everybody reports whether what accounts see of a scope without being in the
// project is for everybody. Its issues that are not private are then open.
func (r *roster) everybody(p *project, tracker int) bool {
	if !r.public || !p.IsPublic {
		return false
	}
	outsiders := r.rights(r.outsiders(p))
	return outsiders.issues[tracker] >= public && len(r.seeLess(p, outsiders)) == 0
}

// seeLess are the members of a project that see less than non-members do.
func (r *roster) seeLess(p *project, outsiders rights) set {
	less, covers := set{}, map[string]bool{} // by roles, of which few combinations occur
	for id, roles := range p.users {
		key := fmt.Sprint(sorted(roles))
		covered, known := covers[key]
		if !known {
			covered = r.rights(roles).covers(outsiders)
			covers[key] = covered
		}
		if !covered && !r.accounts[id].Admin {
			less[id] = true
		}
	}
	return less
}

// allBut tells a group of all accounts but some: whole buckets where they hold
// none of those, single accounts elsewhere.
func (a *access) allBut(group eyeshot.Object, without set) {
	cut := set{}
	for id := range without {
		cut[id/bucketSize] = true
	}
	whole := set{}
	for _, id := range sorted(a.accounts) {
		bucket := id / bucketSize
		if cut[bucket] {
			if subject, _ := a.subject(id); !without[id] {
				a.tell(group, "member", subject)
			}
		} else if !whole[bucket] {
			whole[bucket] = true
			a.tell(group, "member", members(a.names.bucket(bucket)))
		}
	}
}
