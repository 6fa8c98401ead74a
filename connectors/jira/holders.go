package jira

import (
	"context"

	"github.com/eyeshot-dev/eyeshot"
)

// holder says who a holder is that does not depend on an issue; "" is nobody:
// an account that may not log in, a group that is not there, the portal's
// customers, and whatever kind is not known. Grants only ever add, so that one
// which is left out leaves less access.
//
// SECURITY: "anyone" is everybody only where the configuration says so too.
func (c *Connector) holder(p *picture, one *project, h holder) (eyeshot.Subject, error) {
	var group eyeshot.Object
	var err error
	switch h.Kind {
	case "anyone":
		if c.config.AllowPublic {
			return "user:*", nil
		}
		group, err = c.names().users()
	case "applicationRole":
		if group, err = c.names().users(); h.Value != "" {
			group, err = c.names().application(h.Value)
		}
	case "group":
		id := p.groupNamed(h.Value)
		if id == "" {
			return "", nil
		}
		group, err = c.names().group(id)
	case "projectRole":
		id := roleNamed(one.roles, h.Value)
		if id == "" {
			return "", nil
		}
		group, err = c.names().role(one.ID, id)
	case "user":
		return p.subject(h.Value), nil
	case "projectLead":
		return p.subject(one.Lead), nil
	default:
		return "", nil
	}
	return members(group), err
}

// tellProjects tells who may browse each project, and who is cleared for each
// of its levels.
func (c *Connector) tellProjects(_ context.Context, t relations, p *picture) error {
	for _, one := range p.projects {
		object, err := c.names().project(one.Key)
		if err != nil {
			return err
		}
		if err := c.tellTenant(t, object); err != nil {
			return err
		}
		if err := c.tellHolders(t, p, one, object, "viewer", one.browse); err != nil {
			return err
		}
		for level, holders := range one.levels {
			object, err := c.names().level(one.Key, level)
			if err != nil {
				return err
			}
			if err := c.tellTenant(t, object); err != nil {
				return err
			}
			if err := c.tellHolders(t, p, one, object, "cleared", holders); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellTenant lets the tenant's admins reach an object.
func (c *Connector) tellTenant(t relations, object eyeshot.Object) error {
	if c.config.Tenant == "" {
		return nil
	}
	tenant, err := eyeshot.NewGlobalObject("tenant", c.config.Tenant)
	if err != nil {
		return err
	}
	return t.tell(relation(object, "tenant", eyeshot.Subject(tenant)))
}

func (c *Connector) tellHolders(t relations, p *picture, one *project, object eyeshot.Object, name string, holders []holder) error {
	for _, h := range holders {
		// A level for anyone clears by what its tickets carry: see tickets.go.
		if perIssue(h) || name == "cleared" && h.Kind == "anyone" {
			continue
		}
		subject, err := c.holder(p, one, h)
		if err != nil {
			return err
		}
		if subject == "" {
			continue
		}
		if err := t.tell(relation(object, name, subject)); err != nil {
			return err
		}
	}
	return nil
}

// tellScopes tells who each scope stands for, where any project has use of it.
func (c *Connector) tellScopes(_ context.Context, t relations, p *picture) error {
	users, groups := false, false
	for _, one := range p.projects {
		for _, h := range one.perIssue {
			groups = groups || h.Kind == "groupCustomField"
			users = users || h.Kind != "groupCustomField"
		}
	}
	if users {
		for identity := range p.people.All() {
			subject := p.subject(identity.Account.ID)
			if subject == "" {
				continue
			}
			object, err := c.names().userScope(identity.Account.ID)
			if err != nil {
				return err
			}
			if err := t.tell(relation(object, "viewer", subject)); err != nil {
				return err
			}
		}
	}
	if !groups {
		return nil
	}
	for _, g := range p.groups {
		object, err := c.names().groupScope(g.ID)
		if err != nil {
			return err
		}
		group, err := c.names().group(g.ID)
		if err != nil {
			return err
		}
		if err := t.tell(relation(object, "viewer", members(group))); err != nil {
			return err
		}
	}
	return nil
}
