package jira

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
)

// picture is what permissions hang on, read from Jira before documents are.
type picture struct {
	people       *identities.Directory
	applications []application
	members      map[string][]string // of the groups that give access to an application
	groups       []group
	groupIDs     map[string]bool
	groupByName  map[string]string
	projects     []*project
	byID         map[string]*project
	server       server
	began, ended time.Time // by the connector's clock
}

// project is a project with who may browse it.
type project struct {
	projectInfo
	// trouble is why nobody may read anything of it: its permissions can't be
	// read.
	trouble  error
	browse   []holder // who may browse all of it
	perIssue []holder // who may browse an issue because of what it holds
	roles    []role
	actors   map[string][]actor // by role
	secured  bool               // it has an issue security scheme
	levels   map[string][]holder
}

// look reads the picture. An error is one that keeps it from being read at all;
// what concerns one project closes that project.
func (c *Connector) look(ctx context.Context) (*picture, error) {
	p, err := c.lookAround(ctx)
	if err != nil {
		return nil, err
	}
	return p, c.lookAtProjects(ctx, p)
}

// lookAround reads the part of the picture that is not about projects.
func (c *Connector) lookAround(ctx context.Context) (*picture, error) {
	p := &picture{members: map[string][]string{}, groupIDs: map[string]bool{}, groupByName: map[string]string{}, byID: map[string]*project{}, began: c.config.Now()}
	var err error
	if p.server, err = c.api.server(ctx); err != nil {
		return nil, fmt.Errorf("ask Jira about itself: %w", err)
	}
	if p.applications, err = c.api.applications(ctx); err != nil {
		return nil, fmt.Errorf("list who may use which application: %w", err)
	}
	if p.groups, err = collect(ctx, c.api.groups); err != nil {
		return nil, fmt.Errorf("list the groups: %w", err)
	}
	for _, g := range p.groups {
		p.groupIDs[g.ID], p.groupByName[g.Name] = true, g.ID
	}
	if err := c.lookAtPeople(ctx, p); err != nil {
		return nil, err
	}
	c.known.keep(p.people, c.config.Now())
	return p, nil
}

// lookAtPeople finds out who is who.
//
// SECURITY: an account that may not log in to Jira, because it is deactivated,
// has no application, or is a customer of a portal, counts as disabled, whatever
// groups and roles it was left in.
func (c *Connector) lookAtPeople(ctx context.Context, p *picture) error {
	licensed, err := c.licensed(ctx, p)
	if err != nil {
		return err
	}
	listed := again(func() iter.Seq2[account, error] { return c.api.accounts(ctx) })
	accounts := mapped(listed, func(a account) identities.Account {
		return c.identity(a, licensed[a.ID])
	})
	p.people, err = c.config.Identities.Resolve(ctx, c.config.Source, accounts)
	return err
}

func (c *Connector) identity(a account, licensed bool) identities.Account {
	person := a.Kind == "atlassian" || a.Kind == "" && c.config.DataCenter
	return identities.Account{
		ID: a.ID, Login: a.Login, Name: a.Name, Email: a.Email, EmailVerified: a.Email != "" && c.config.verified(),
		Disabled: !a.Active || !licensed || !person,
	}
}

// licensed are the accounts that have an application.
func (c *Connector) licensed(ctx context.Context, p *picture) (map[string]bool, error) {
	out := map[string]bool{}
	for _, app := range p.applications {
		for _, id := range app.Groups {
			if _, read := p.members[id]; read {
				continue
			}
			p.members[id] = []string{}
			at := slices.IndexFunc(p.groups, func(g group) bool { return g.ID == id })
			if at < 0 {
				continue // not listed: it gives nobody access
			}
			for a, err := range again(func() iter.Seq2[account, error] { return c.api.members(ctx, p.groups[at]) }) {
				if err != nil {
					return nil, fmt.Errorf("list who has %s: %w", app.Key, err)
				}
				p.members[id] = append(p.members[id], a.ID)
				out[a.ID] = true
			}
		}
	}
	return out, nil
}

// subject is who an account is, or "" where it may not log in.
func (p *picture) subject(account string) eyeshot.Subject {
	identity := p.people.Identity(account)
	if account == "" || identity.Account.Disabled {
		return ""
	}
	return eyeshot.Subject(identity.Subject)
}

func (p *picture) hasGroup(id string) bool { return p.groupIDs[id] }

// groupNamed finds a group by its id or else by its name; "" where there is none.
func (p *picture) groupNamed(name string) string {
	if p.hasGroup(name) {
		return name
	}
	return p.groupByName[name]
}

// roleNamed finds a role by its id or by its name; "" where there is none or
// more than one.
func roleNamed(roles []role, names ...string) string {
	found := ""
	for _, name := range names {
		for _, r := range roles {
			if name != "" && (r.ID == name || r.Name == name) {
				if found != "" && found != r.ID {
					return ""
				}
				found = r.ID
			}
		}
	}
	return found
}

// known are the accounts as they were last seen.
type known struct {
	mu     sync.Mutex
	people *identities.Directory
	at     time.Time
}

func (k *known) keep(people *identities.Directory, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.people, k.at = people, at
}

// since returns the accounts, if they were seen after a moment.
func (k *known) since(moment time.Time) *identities.Directory {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.people == nil || k.at.Before(moment) {
		return nil
	}
	return k.people
}

// kept is the picture that Access saw, for the reading that follows it.
type kept struct{ picture *picture }

// pictureAge is how long after the end of Access a picture is of use: a reading
// of the same run follows at once.
const pictureAge = 2 * time.Minute

// picture returns what Access of this run has seen, once, or looks anew.
func (c *Connector) picture(ctx context.Context) (*picture, error) {
	p := c.kept.picture
	c.kept.picture = nil
	if p != nil && c.config.Now().Sub(p.ended) < pictureAge {
		return p, nil
	}
	return c.look(ctx)
}
