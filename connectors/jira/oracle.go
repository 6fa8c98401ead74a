package jira

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
)

// askAtOnce is how many issues Jira checks in one question.
const askAtOnce = 1000

// peopleAge is how old the accounts may be that Identities tells: a sync asks
// for them when it has just read them.
const peopleAge = 10 * time.Minute

// Identities implements [connectors.Directory].
func (c *Connector) Identities(ctx context.Context) iter.Seq2[identities.Identity, error] {
	return sequence(ctx, func(t telling[identities.Identity]) error {
		people := c.known.since(c.config.Now().Add(-peopleAge))
		if people == nil {
			p, err := c.lookAround(ctx)
			if err != nil {
				return err
			}
			people = p.people
		}
		return t.tell(slices.Collect(people.All())...)
	})
}

// VisibleTo implements [connectors.Oracle] by Jira's own answer about an
// account. Of a comment Jira says so only to the account itself: it is visible
// where Jira shows its issue and says that the account is in its group or role.
func (c *Connector) VisibleTo(ctx context.Context, account string, objects []eyeshot.Object) (map[eyeshot.Object]bool, error) {
	found, err := c.find(ctx, objects)
	if err != nil {
		return nil, err
	}
	visible := map[int64]bool{}
	for ids := range slices.Chunk(found.ids(), askAtOnce) {
		some, err := c.api.canBrowse(ctx, account, ids)
		if err != nil {
			return nil, fmt.Errorf("ask what account %s may see: %w", account, err)
		}
		for id := range some {
			visible[id] = true
		}
	}
	out := map[eyeshot.Object]bool{}
	for object, of := range found {
		if !visible[of.issue] {
			continue
		}
		if of.said != nil {
			in, err := c.inAudience(ctx, account, of)
			if err != nil {
				return nil, err
			}
			if !in {
				continue
			}
		}
		out[object] = true
	}
	return out, nil
}

// located is where an object is in Jira.
type located struct {
	issue   int64
	project string
	said    *comment
}

type locations map[eyeshot.Object]located

func (l locations) ids() []int64 {
	seen := map[int64]bool{}
	for _, of := range l {
		seen[of.issue] = true
	}
	out := make([]int64, 0, len(seen))
	for id := range seen {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// find asks Jira where the objects are. Those that are not there any more, or
// that this account may not see, are left out.
func (c *Connector) find(ctx context.Context, objects []eyeshot.Object) (locations, error) {
	keys, said := []string{}, map[string]eyeshot.Object{}
	for _, object := range objects {
		switch object.Type() {
		case "ticket":
			keys = append(keys, object.Local())
		case "comment":
			said[object.Local()] = object
		}
	}
	comments, err := c.api.commentsByID(ctx, slices.Sorted(maps.Keys(said)))
	if err != nil {
		return nil, fmt.Errorf("look comments up: %w", err)
	}
	for _, one := range comments {
		keys = append(keys, one.issue)
	}
	slices.Sort(keys)
	issues, err := c.api.issuesByKey(ctx, slices.Compact(keys))
	if err != nil {
		return nil, fmt.Errorf("look issues up: %w", err)
	}
	out := locations{}
	byID := map[string]located{}
	for _, i := range issues {
		id, err := strconv.ParseInt(i.ID, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: issue %s has no number as its id", eyeshot.ErrInvalid, i.Key)
		}
		byID[i.ID] = located{issue: id, project: i.project()}
		if object, err := c.names().ticket(i.Key); err == nil && slices.Contains(objects, object) {
			out[object] = byID[i.ID]
		}
	}
	for _, one := range comments {
		if of, found := byID[one.issue]; found {
			of.said = &one.comment
			out[said[one.ID]] = of
		}
	}
	return out, nil
}

// inAudience asks Jira whether an account is in the group or role of a comment.
// Whoever may see the issue may see any other comment: customers of a portal
// may not see the issue.
func (c *Connector) inAudience(ctx context.Context, account string, of located) (bool, error) {
	v := of.said.Visibility
	if v == nil {
		return true, nil
	}
	groups, err := c.api.groupsOf(ctx, account)
	if err != nil {
		return false, err
	}
	in := func(id, name string) bool {
		return slices.ContainsFunc(groups, func(g group) bool { return g.ID == id || id == "" && g.Name == name })
	}
	if v.Type == "group" {
		return in(v.Identifier, v.Value), nil
	}
	roles, err := c.api.roles(ctx, of.project)
	if err != nil {
		return false, err
	}
	id := roleNamed(roles, v.Identifier, v.Value)
	if v.Type != "role" || id == "" {
		return false, nil
	}
	actors, err := c.api.actors(ctx, of.project, id)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(actors, func(a actor) bool { return a.Account == account || a.Group != "" && in(a.Group, a.Group) }), nil
}
