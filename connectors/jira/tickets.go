package jira

import (
	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// ticket gives the relationships of an issue, or why it has to stay closed.
//
// SECURITY: an issue of Jira is seen by who may browse it AND belongs to its
// security level. Both come from the model: `project` (with the scopes of those
// who may browse because of what the issue holds) and `level`, `cleared` or
// `open`. Nothing here grants past either.
func (c *Connector) ticket(p *picture, one *project, object eyeshot.Object, i issue) ([]eyeshot.Relationship, *connectors.Refusal) {
	if one.trouble != nil {
		return nil, connectors.Refuse(connectors.Unreadable, one.trouble)
	}
	home, err := c.names().project(one.Key)
	if err != nil {
		return nil, connectors.Refuse(connectors.BadRelationship, err)
	}
	out := []eyeshot.Relationship{relation(object, "project", eyeshot.Subject(home))}
	for _, h := range one.perIssue {
		scopes, refusal := c.scopes(p, h, i)
		if refusal != nil {
			return nil, refusal
		}
		for _, scope := range scopes {
			out = append(out, relation(object, "project", eyeshot.Subject(scope)))
		}
	}
	cleared, refusal := c.clearance(p, one, object, i)
	if refusal != nil {
		return nil, refusal
	}
	return unique(append(out, cleared...)), nil
}

// scopes are those of whom a holder finds in an issue.
func (c *Connector) scopes(p *picture, h holder, i issue) ([]eyeshot.Object, *connectors.Refusal) {
	users, groups, refusal := i.held(h)
	if refusal != nil {
		return nil, refusal
	}
	var out []eyeshot.Object
	add := func(object eyeshot.Object, err error) {
		if err != nil {
			refusal = connectors.Refuse(connectors.BadRelationship, err)
		}
		out = append(out, object)
	}
	for _, account := range users {
		if p.subject(account) != "" {
			add(c.names().userScope(account))
		}
	}
	for _, group := range groups {
		if p.hasGroup(group) {
			add(c.names().groupScope(group))
		}
	}
	return out, refusal
}

// clearance says who of those who may browse an issue may see it.
func (c *Connector) clearance(p *picture, one *project, object eyeshot.Object, i issue) ([]eyeshot.Relationship, *connectors.Refusal) {
	level, refusal := i.level(one.secured)
	if refusal != nil {
		return nil, refusal
	}
	restricted, refusal := i.restrictedTo(one.TeamManaged)
	switch {
	case refusal != nil:
		return nil, refusal
	case level != "" && len(restricted) > 0:
		return nil, connectors.Refuse(connectors.BadRelationship, eyeshot.Invalid("security", level, "is set beside a restriction to roles, which is not understood"))
	case len(restricted) > 0:
		return c.restriction(one, object, restricted)
	case level == "":
		return everybody(object, "open"), nil
	}
	return c.leveled(p, one, object, level, i)
}

// restriction clears the roles that an issue of a team-managed project is
// restricted to.
func (c *Connector) restriction(one *project, object eyeshot.Object, roles []string) ([]eyeshot.Relationship, *connectors.Refusal) {
	var out []eyeshot.Relationship
	for _, name := range roles {
		id := roleNamed(one.roles, name)
		if id == "" {
			return nil, connectors.Refuse(connectors.BadRelationship, eyeshot.Invalid("role", name, "is no role of the project"))
		}
		role, err := c.names().role(one.ID, id)
		if err != nil {
			return nil, connectors.Refuse(connectors.BadRelationship, err)
		}
		out = append(out, relation(object, "cleared", members(role)))
	}
	return out, nil
}

// leveled clears the members of a security level: those that don't depend on
// the issue by the level's object, the others by name.
func (c *Connector) leveled(p *picture, one *project, object eyeshot.Object, level string, i issue) ([]eyeshot.Relationship, *connectors.Refusal) {
	holders, known := one.levels[level]
	if !known {
		return nil, connectors.Refuse(connectors.Unreadable, eyeshot.Invalid("security level", level, "is none of project "+one.Key+" that this account can read"))
	}
	name, err := c.names().level(one.Key, level)
	if err != nil {
		return nil, connectors.Refuse(connectors.BadRelationship, err)
	}
	out := []eyeshot.Relationship{relation(object, "level", eyeshot.Subject(name))}
	for _, h := range holders {
		switch {
		case h.Kind == "anyone":
			return everybody(object, "open"), nil // it clears whoever may browse
		case !perIssue(h):
			continue
		}
		users, groups, refusal := i.held(h)
		if refusal != nil {
			return nil, refusal
		}
		for _, account := range users {
			if subject := p.subject(account); subject != "" {
				out = append(out, relation(object, "cleared", subject))
			}
		}
		for _, id := range groups {
			if !p.hasGroup(id) {
				continue
			}
			group, err := c.names().group(id)
			if err != nil {
				return nil, connectors.Refuse(connectors.BadRelationship, err)
			}
			out = append(out, relation(object, "cleared", members(group)))
		}
	}
	return out, nil
}

func unique(all []eyeshot.Relationship) []eyeshot.Relationship {
	seen := map[eyeshot.RelationshipKey]bool{}
	out := all[:0]
	for _, r := range all {
		if !seen[r.Key()] {
			seen[r.Key()] = true
			out = append(out, r)
		}
	}
	return out
}
