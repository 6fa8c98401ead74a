package jira

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
)

// lookAtProjects reads every project's schemes.
func (c *Connector) lookAtProjects(ctx context.Context, p *picture) error {
	schemes := map[string]map[string][]holder{} // by scheme and level
	infos, err := collect(ctx, c.api.projects)
	if err != nil {
		return fmt.Errorf("list the projects: %w", err)
	}
	for _, info := range infos {
		if !c.config.wanted(info.Key) {
			continue
		}
		one := &project{projectInfo: info}
		p.projects, p.byID[info.ID] = append(p.projects, one), one
		if err := c.lookAtProject(ctx, one, schemes); err != nil {
			return err
		}
	}
	slices.SortFunc(p.projects, func(a, b *project) int { return byNumber(a.ID, b.ID) })
	return nil
}

// lookAtProject reads who may browse a project.
//
// SECURITY: what Jira does not let this account read closes the project; it
// never counts as "nobody is left out".
func (c *Connector) lookAtProject(ctx context.Context, one *project, schemes map[string]map[string][]holder) error {
	holders, err := c.api.browse(ctx, one.Key)
	if err != nil {
		return one.close(fmt.Errorf("read the permission scheme of %s: %w", one.Key, err))
	}
	for _, h := range holders {
		if perIssue(h) {
			one.perIssue = append(one.perIssue, h)
		} else {
			one.browse = append(one.browse, h)
		}
	}
	if err := c.lookAtRoles(ctx, one); err != nil {
		return one.close(err)
	}
	return c.lookAtSecurity(ctx, one, schemes)
}

func (c *Connector) lookAtRoles(ctx context.Context, one *project) (err error) {
	if one.roles, err = c.api.roles(ctx, one.Key); err != nil {
		return fmt.Errorf("list the roles of %s: %w", one.Key, err)
	}
	one.actors = map[string][]actor{}
	for _, r := range one.roles {
		actors, err := c.api.actors(ctx, one.Key, r.ID)
		if err != nil {
			return fmt.Errorf("list who is %s in %s: %w", r.Name, one.Key, err)
		}
		one.actors[r.ID] = actors
	}
	return nil
}

func (c *Connector) lookAtSecurity(ctx context.Context, one *project, schemes map[string]map[string][]holder) error {
	scheme, levels, err := c.api.security(ctx, one.Key)
	if err != nil {
		return one.close(fmt.Errorf("read the issue security scheme of %s: %w", one.Key, err))
	}
	if one.secured = scheme != ""; !one.secured {
		return nil
	}
	all, read := schemes[scheme]
	if !read {
		if all, err = c.lookAtLevels(ctx, scheme); err != nil {
			return one.close(fmt.Errorf("read the security levels of %s: %w", one.Key, err))
		}
		schemes[scheme] = all
	}
	one.levels = map[string][]holder{}
	for _, level := range levels {
		one.levels[level] = all[level]
	}
	return nil
}

func (c *Connector) lookAtLevels(ctx context.Context, scheme string) (map[string][]holder, error) {
	out := map[string][]holder{}
	all, err := collect(ctx, func(ctx context.Context) iter.Seq2[levelMember, error] { return c.api.levelMembers(ctx, scheme) })
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		out[m.Level] = append(out[m.Level], m.holder)
	}
	return out, nil
}

// close keeps the trouble where it is Jira's word, or a word of Jira's that is
// not understood, and returns it where asking failed: that says nothing about
// the project.
func (p *project) close(err error) error {
	if !closed(err) && !errors.Is(err, eyeshot.ErrInvalid) {
		return err
	}
	p.trouble, p.browse, p.perIssue, p.actors, p.levels = err, nil, nil, nil, nil
	return nil
}

// perIssue says whether a holder depends on what an issue holds.
func perIssue(h holder) bool {
	switch h.Kind {
	case "reporter", "assignee", "userCustomField", "groupCustomField":
		return true
	}
	return false
}

// holders are all those of a project's permission scheme and of its levels.
func (p *project) holders() []holder {
	out := slices.Concat(p.browse, p.perIssue)
	for _, level := range p.levels {
		out = append(out, level...)
	}
	return out
}

// byNumber orders ids, which are numbers, and whatever else by its letters.
func byNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return slices.Compare([]byte(a), []byte(b))
}
