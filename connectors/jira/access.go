package jira

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/eyeshot-dev/eyeshot"
)

// errBroken says that the consumer has had enough.
var errBroken = errors.New("the reading was broken off")

// telling is a sequence as it is written: one after the other, with an error
// that ends it all.
type telling[T any] struct {
	ctx   context.Context
	yield func(T, error) bool
}

func (t telling[T]) tell(all ...T) error {
	for _, one := range all {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		if !t.yield(one, nil) {
			return errBroken
		}
	}
	return nil
}

// sequence runs a function that tells, and ends with its error.
func sequence[T any](ctx context.Context, run func(telling[T]) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := run(telling[T]{ctx, yield})
		if err != nil && !errors.Is(err, errBroken) {
			var none T
			yield(none, err)
		}
	}
}

type relations = telling[eyeshot.Relationship]

// Access implements [connectors.Connector]: groups, applications, project
// roles, projects, security levels, and the scopes of those who may browse an
// issue because of what it holds.
func (c *Connector) Access(ctx context.Context) iter.Seq2[eyeshot.Relationship, error] {
	return sequence(ctx, func(t relations) error {
		c.kept.picture = nil
		p, err := c.look(ctx)
		if err != nil {
			return err
		}
		for _, part := range []func(context.Context, relations, *picture) error{c.tellGroups, c.tellApplications, c.tellRoles, c.tellProjects, c.tellScopes} {
			if err := part(ctx, t, p); err != nil {
				return err
			}
		}
		p.ended = c.config.Now()
		c.kept.picture = p
		return nil
	})
}

func (c *Connector) names() names { return names{c.config.Source} }

// tellGroups tells who is in which group, page by page.
func (c *Connector) tellGroups(ctx context.Context, t relations, p *picture) error {
	for _, g := range p.groups {
		object, err := c.names().group(g.ID)
		if err != nil {
			return fmt.Errorf("group %q: %w", g.Name, err)
		}
		tell := func(account string) error {
			if subject := p.subject(account); subject != "" {
				return t.tell(relation(object, "member", subject))
			}
			return nil
		}
		if known, read := p.members[g.ID]; read {
			for _, account := range known {
				if err := tell(account); err != nil {
					return err
				}
			}
			continue
		}
		for a, err := range again(func() iter.Seq2[account, error] { return c.api.members(ctx, g) }) {
			if err == nil {
				err = tell(a.ID)
			}
			if err != nil {
				return within(err, "list the members of group", g.Name)
			}
		}
	}
	return nil
}

// within says what was being done when an error came, if one did.
func within(err error, doing, what string) error {
	if err == nil || errors.Is(err, errBroken) {
		return err
	}
	return fmt.Errorf("%s %q: %w", doing, what, err)
}

// tellApplications tells which groups give access to which application, and
// that who has any of them may log in.
func (c *Connector) tellApplications(_ context.Context, t relations, p *picture) error {
	users, err := c.names().users()
	if err != nil {
		return err
	}
	for _, a := range p.applications {
		app, err := c.names().application(a.Key)
		if err != nil {
			return fmt.Errorf("application %q: %w", a.Key, err)
		}
		if err := t.tell(relation(users, "member", members(app))); err != nil {
			return err
		}
		for _, id := range a.Groups {
			if !p.hasGroup(id) {
				continue
			}
			g, err := c.names().group(id)
			if err != nil {
				return fmt.Errorf("application %q: %w", a.Key, err)
			}
			if err := t.tell(relation(app, "member", members(g))); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellRoles tells who has which role in which project.
func (c *Connector) tellRoles(_ context.Context, t relations, p *picture) error {
	for _, one := range p.projects {
		for role, actors := range one.actors {
			object, err := c.names().role(one.ID, role)
			if err != nil {
				return fmt.Errorf("role %q of %s: %w", role, one.Key, err)
			}
			for _, a := range actors {
				if err := c.tellActor(t, p, object, a); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (c *Connector) tellActor(t relations, p *picture, object eyeshot.Object, a actor) error {
	if subject := p.subject(a.Account); subject != "" {
		return t.tell(relation(object, "member", subject))
	}
	if !p.hasGroup(a.Group) {
		return nil
	}
	g, err := c.names().group(a.Group)
	if err != nil {
		return err
	}
	return t.tell(relation(object, "member", members(g)))
}
