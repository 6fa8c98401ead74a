package redmine

import (
	"context"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
)

// users lists accounts; status 1 may sign in, 2 are registered, 3 are locked.
func (c *Connector) users(ctx context.Context, status int) iter.Seq2[apiUser, error] {
	type answer struct {
		counted
		Users []apiUser `json:"users"`
	}
	// By login, as Redmine sorts them, which is unique.
	return listing(ctx, c, "", "/users.json", url.Values{"status": {strconv.Itoa(status)}},
		func(u apiUser) int { return u.ID }, func(a *answer) (counted, []apiUser) { return a.counted, a.Users })
}

// active is the status of an account that may sign in.
const active = 1

// accountsOf lists accounts as identities know them, by their status.
func (c *Connector) accountsOf(ctx context.Context, each func(apiUser), statuses ...int) iter.Seq2[identities.Account, error] {
	return func(yield func(identities.Account, error) bool) {
		for _, status := range statuses {
			for user, err := range c.users(ctx, status) {
				user.active = status == active
				if err == nil {
					each(user)
				}
				if !yield(c.account(user), err) || err != nil {
					return
				}
			}
		}
	}
}

func (c *Connector) account(u apiUser) identities.Account {
	return identities.Account{ID: strconv.Itoa(u.ID), Login: u.Login, Name: u.FirstName + " " + u.LastName, Email: u.Mail,
		EmailVerified: c.config.EmailsVerified, Disabled: !u.active}
}

// loadAccounts reads the accounts that may sign in.
//
// SECURITY: who is locked or not yet let in sees nothing in Redmine, whatever
// groups and projects still name them.
func (c *Connector) loadAccounts(ctx context.Context, r *roster) error {
	var err error
	r.directory, err = c.config.Identities.Resolve(ctx, c.config.Source, c.accountsOf(ctx, func(u apiUser) { r.accounts[u.ID] = u }, active))
	return err
}

func (c *Connector) loadGroups(ctx context.Context, r *roster) error {
	var list struct {
		Groups []ref `json:"groups"`
	}
	if err := c.get(ctx, "", "/groups.json", nil, &list); err != nil {
		return err
	}
	members := make([]set, len(list.Groups))
	err := c.each(ctx, len(members), func(ctx context.Context, i int) (err error) {
		members[i], err = c.groupMembers(ctx, list.Groups[i].ID)
		return err
	})
	for i, group := range list.Groups {
		r.groups[group.ID] = members[i]
		maps.DeleteFunc(members[i], func(id int, _ bool) bool { _, active := r.accounts[id]; return !active })
	}
	return err
}

func (c *Connector) groupMembers(ctx context.Context, group int) (set, error) {
	var answer struct {
		Group struct {
			Users []ref `json:"users"`
		} `json:"group"`
	}
	err := c.get(ctx, "", "/groups/"+strconv.Itoa(group)+".json", url.Values{"include": {"users"}}, &answer)
	return ids(answer.Group.Users), err
}

// each does something for 0 to n-1, some side by side, up to the first error.
func (c *Connector) each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.config.Parallel)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}

func (c *Connector) loadTrackers(ctx context.Context, r *roster) error {
	var list struct {
		Trackers []ref `json:"trackers"`
	}
	err := c.get(ctx, "", "/trackers.json", nil, &list)
	r.trackers = list.Trackers
	return err
}

// projectsSeenBy lists projects, active and closed, with the trackers that a
// user sees there. Archived ones Redmine shows to nobody, administrators
// included.
func (c *Connector) projectsSeenBy(ctx context.Context, login string) iter.Seq2[apiProject, error] {
	type answer struct {
		counted
		Projects []apiProject `json:"projects"`
	}
	return listing(ctx, c, login, "/projects.json", url.Values{"include": {"trackers,enabled_modules"}, "status": {"1|5"}},
		func(p apiProject) int { return p.ID }, func(a *answer) (counted, []apiProject) { return a.counted, a.Projects })
}

func (c *Connector) loadProjects(ctx context.Context, r *roster) error {
	for p, err := range c.projectsSeenBy(ctx, "") {
		if err != nil {
			return err
		}
		r.projects = append(r.projects, project{apiProject: p, users: map[int]set{}, groups: map[int]set{}})
	}
	slices.SortFunc(r.projects, func(a, b project) int { return a.ID - b.ID })
	for i := range r.projects {
		r.byProject[r.projects[i].ID] = &r.projects[i]
	}
	return nil
}

func (c *Connector) loadMemberships(ctx context.Context, r *roster) error {
	type answer struct {
		counted
		Memberships []apiMembership `json:"memberships"`
	}
	return c.each(ctx, len(r.projects), func(ctx context.Context, i int) error {
		p := &r.projects[i]
		path := "/projects/" + strconv.Itoa(p.ID) + "/memberships.json"
		for m, err := range listing(ctx, c, "", path, nil, func(m apiMembership) int { return m.ID },
			func(a *answer) (counted, []apiMembership) { return a.counted, a.Memberships }) {
			if err != nil {
				return err
			}
			p.add(m, r)
		}
		return nil
	})
}

func (c *Connector) loadRoles(ctx context.Context, r *roster) error {
	var list struct {
		Roles []ref `json:"roles"`
	}
	if err := c.get(ctx, "", "/roles.json", nil, &list); err != nil {
		return err
	}
	// SECURITY: the list holds what members may be given. One that is in it is
	// not the role of people who are no members.
	if ids(list.Roles)[r.nonMember] {
		return eyeshot.Invalid("non_member_role", strconv.Itoa(r.nonMember), "is a role that members have; it takes the id of the built-in role")
	}
	all := append(list.Roles, ref{ID: r.nonMember})
	roles := make([]struct {
		Role apiRole `json:"role"`
	}, len(all))
	err := c.each(ctx, len(all), func(ctx context.Context, i int) error {
		return c.get(ctx, "", "/roles/"+strconv.Itoa(all[i].ID)+".json", nil, &roles[i])
	})
	for _, answer := range roles {
		r.roles[answer.Role.ID] = newRole(answer.Role)
	}
	return err
}
