package redmine

import "maps"

// maxNesting is how deep a subproject's members are told through its parents.
// OpenFGA follows 20 steps, and a role of a project with its groups takes some.
const maxNesting = 8

// roleGroups tells the members of a project by role, and returns the roles.
//
// In Redmine a group's members, and those that a subproject inherits, are
// copied: each has a membership of their own, and only that counts. So a group
// or a parent is named only where all of its members have theirs; where the
// copies disagree, the memberships are told one by one.
func (a *access) roleGroups(p *project) []int {
	roles := set{}
	for _, held := range p.users {
		maps.Copy(roles, held)
	}
	for _, held := range p.groups {
		maps.Copy(roles, held)
	}
	for _, role := range sorted(roles) {
		a.roleGroup(p, role)
	}
	return sorted(roles)
}

func (a *access) roleGroup(p *project, role int) {
	group, left := a.names.role(p.Identifier, role), p.holders(role)
	explain := func(by set) { maps.DeleteFunc(left, func(id int, _ bool) bool { return by[id] }) }
	if parent := a.parent(p); parent != nil && a.depth(p) < maxNesting && a.inherits(p, parent, role) {
		a.tell(group, "member", members(a.names.role(parent.Identifier, role)))
		explain(parent.holders(role))
	}
	all := p.holders(role)
	for _, id := range sorted(p.groups) {
		// SECURITY: Redmine asks each user's own membership, never the group's.
		if p.groups[id][role] && subset(a.groups[id], all) && !a.explained(p, id, role) {
			a.tell(group, "member", members(a.names.group(id)))
			explain(a.groups[id])
		}
	}
	for _, id := range sorted(left) {
		subject, _ := a.subject(id)
		a.tell(group, "member", subject)
	}
}

// holders are the accounts that have a role in a project.
func (p *project) holders(role int) set {
	out := set{}
	for id, held := range p.users {
		if held[role] {
			out[id] = true
		}
	}
	return out
}

// inherits reports whether all who have a role in the parent have it here.
func (a *access) inherits(p, parent *project, role int) bool {
	above := parent.holders(role)
	return len(above) > 0 && subset(above, p.holders(role))
}

// explained reports whether a group has a role through the parent already.
func (a *access) explained(p *project, group, role int) bool {
	parent := a.parent(p)
	return parent != nil && a.depth(p) < maxNesting && parent.groups[group][role] && a.inherits(p, parent, role)
}

func (a *access) parent(p *project) *project {
	if p.Parent == nil || !p.InheritMembers {
		return nil
	}
	return a.byProject[p.Parent.ID]
}

func (a *access) depth(p *project) int {
	depth := 0
	for parent := a.parent(p); parent != nil && depth < maxNesting; parent = a.parent(parent) {
		depth++
	}
	return depth
}

func subset(a, b set) bool {
	for id := range a {
		if !b[id] {
			return false
		}
	}
	return true
}
