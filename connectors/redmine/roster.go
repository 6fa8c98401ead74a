package redmine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
)

// roster is who is who in a Redmine at one time: accounts, groups, roles,
// projects and memberships. It is not changed once it is loaded.
type roster struct {
	accounts  map[int]apiUser // those that may sign in
	directory *identities.Directory
	groups    map[int]set // members that may sign in
	roles     map[int]role
	trackers  []ref
	projects  []project // in the order of their ids
	byProject map[int]*project
	nonMember int              // the role that Redmine gives to non-members
	public    bool             // what every account sees is for everybody
	combos    map[string]combo // of roles, where not all is known of each
	unclear   []unclear
}

// project is a project with who is in it.
type project struct {
	apiProject
	users     map[int]set // account → roles
	groups    map[int]set
	nonMember set // roles that Redmine gives to non-members here, in place of its own
}

type set = map[int]bool

// load reads the whole roster.
func (c *Connector) load(ctx context.Context) (*roster, error) {
	r := &roster{accounts: map[int]apiUser{}, groups: map[int]set{}, roles: map[int]role{}, byProject: map[int]*project{}, nonMember: c.config.NonMemberRole, public: c.config.Public}
	for _, step := range []struct {
		what string
		do   func(context.Context, *roster) error
	}{
		{"accounts", c.loadAccounts}, {"groups", c.loadGroups}, {"trackers", c.loadTrackers},
		{"projects", c.loadProjects}, {"memberships", c.loadMemberships}, {"roles", c.loadRoles},
	} {
		if err := step.do(ctx, r); err != nil {
			return nil, fmt.Errorf("read the %s of Redmine: %w", step.what, err)
		}
	}
	if err := c.restrict(ctx, r); err != nil {
		return nil, fmt.Errorf("ask what trackers roles see: %w", err)
	}
	return r, nil
}

// subject is who an account is; false for one that may not sign in.
func (r *roster) subject(id int) (eyeshot.Subject, bool) {
	if _, active := r.accounts[id]; !active {
		return "", false
	}
	return eyeshot.Subject(r.directory.Subject(strconv.Itoa(id))), true
}

func (p *project) add(m apiMembership, r *roster) {
	roles := set{}
	for _, role := range m.Roles {
		roles[role.ID] = true
	}
	switch {
	case m.User != nil:
		if _, active := r.accounts[m.User.ID]; active {
			p.users[m.User.ID] = roles
		}
	case m.Group != nil:
		p.groups[m.Group.ID] = roles
	case m.NonMember != nil:
		p.nonMember = roles
	}
}

// held are the roles that someone has in a project: their own, or those of
// people who are no members where it is public.
func (r *roster) held(p *project, user int) set {
	if own, member := p.users[user]; member {
		return own
	}
	return r.outsiders(p)
}

// outsiders are the roles of accounts that are no members of a project.
func (r *roster) outsiders(p *project) set {
	switch {
	case !p.IsPublic:
		return nil
	case p.nonMember != nil:
		return p.nonMember
	}
	return set{r.nonMember: true}
}

// inUse are the roles that some account has in a project.
func (r *roster) inUse(p *project) set {
	out := maps.Clone(r.outsiders(p))
	if out == nil {
		out = set{}
	}
	for _, roles := range p.users {
		maps.Copy(out, roles)
	}
	return out
}

func sorted[V any](m map[int]V) []int { return slices.Sorted(maps.Keys(m)) }
