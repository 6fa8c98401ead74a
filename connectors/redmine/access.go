package redmine

import (
	"context"
	"iter"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Redmine's names of the modules that a project may have.
const (
	issueModule = "issue_tracking"
	wikiModule  = "wiki"
)

// plainScope is the scope of issues whose tracker every role sees.
const plainScope = "issues"

// Access tells the relationships of groups, roles, projects, levels and wikis.
// It reads Redmine anew; the reading that follows rests on the same.
func (c *Connector) Access(ctx context.Context) iter.Seq2[eyeshot.Relationship, error] {
	return func(yield func(eyeshot.Relationship, error) bool) {
		r, err := c.load(ctx)
		if err != nil {
			yield(eyeshot.Relationship{}, err)
			return
		}
		c.keep(r)
		a := access{roster: r, names: c.names, config: c.config, yield: func(r eyeshot.Relationship) bool { return yield(r, nil) }}
		a.all()
	}
}

// fresh is how long a roster that Access has put by is good for the reading that
// follows it.
const fresh = 2 * time.Minute

// keep puts a roster by for the reading that follows.
func (c *Connector) keep(r *roster) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loaded, c.loadedAt = r, time.Now()
}

// take returns the roster that Access has put by, or a new one. Each serves
// once, and not for long: an older one would tell of tickets what no longer
// holds.
func (c *Connector) take(ctx context.Context) (*roster, error) {
	c.mu.Lock()
	r, age := c.loaded, time.Since(c.loadedAt)
	c.loaded = nil
	c.mu.Unlock()
	if r != nil && age < fresh {
		return r, nil
	}
	return c.load(ctx)
}

// access turns a roster into relationships.
type access struct {
	*roster
	names  names
	config Config
	yield  func(eyeshot.Relationship) bool
	done   bool // the consumer wants no more
}

func (a *access) tell(object eyeshot.Object, relation string, subject eyeshot.Subject) {
	if !a.done && !a.yield(relate(object, relation, subject)) {
		a.done = true
	}
}

func (a *access) all() {
	a.people()
	for i := range a.projects {
		if a.done {
			return
		}
		a.project(&a.projects[i])
	}
}

// people tells who the accounts are: all of them, in buckets, the
// administrators, and the groups.
func (a *access) people() {
	buckets := set{}
	for _, id := range sorted(a.accounts) {
		subject, _ := a.subject(id)
		bucket := id / bucketSize
		if !buckets[bucket] {
			buckets[bucket] = true
			a.tell(a.names.accounts(), "member", members(a.names.bucket(bucket)))
		}
		a.tell(a.names.bucket(bucket), "member", subject)
		if a.accounts[id].Admin {
			a.tell(a.names.admins(), "member", subject)
		}
	}
	for _, group := range sorted(a.groups) {
		for _, id := range sorted(a.groups[group]) {
			if subject, ok := a.subject(id); ok {
				a.tell(a.names.group(group), "member", subject)
			}
		}
	}
}

// project tells who is in a project, and what that opens.
func (a *access) project(p *project) {
	if a.config.Tenant != "" {
		if tenant, err := eyeshot.NewGlobalObject("tenant", a.config.Tenant); err == nil {
			a.tell(a.names.project(p.Identifier), "tenant", eyeshot.Subject(tenant))
		}
	}
	holders := []holder{{members(a.names.admins()), rights{notes: true, wiki: true, issues: a.everything()}}}
	for _, role := range a.roleGroups(p) {
		holders = append(holders, holder{members(a.names.role(p.Identifier, role)), a.rights(set{role: true})})
	}
	holders = append(holders, a.combinations(p)...)
	holders = append(holders, a.outside(p)...)
	if p.has(issueModule) {
		a.issues(p, holders)
	}
	if p.has(wikiModule) {
		a.tell(a.names.wiki(p.Identifier), "project", eyeshot.Subject(a.names.project(p.Identifier)))
		for _, h := range holders {
			if h.wiki {
				a.tell(a.names.wiki(p.Identifier), "viewer", h.subject)
			}
		}
	}
}

// holder is a subject set with what its members may see in a project.
type holder struct {
	subject eyeshot.Subject
	rights
}

func (a *access) everything() map[int]visibility {
	out := map[int]visibility{}
	for _, tracker := range a.trackers {
		out[tracker.ID] = all
	}
	return out
}

// issues tells who sees the issues of a project, scope by scope, and its
// private notes.
func (a *access) issues(p *project, holders []holder) {
	scopes := map[string]bool{}
	for _, tracker := range a.trackers {
		scope := a.scope(p, tracker.ID)
		if scopes[scope] {
			continue
		}
		scopes[scope] = true
		for _, h := range holders {
			a.scoped(p.Identifier, scope, h.subject, h.rights.issues[tracker.ID])
		}
	}
	for _, h := range holders {
		if h.notes && !isPublic(h.subject) {
			a.tell(a.names.privateNotes(p.Identifier), "member", h.subject)
		}
	}
}

func (a *access) scoped(project, scope string, subject eyeshot.Subject, v visibility) {
	if v >= own {
		a.tell(a.names.issues(project, scope), "viewer", subject)
	}
	// Everybody sees those that are not private by their being open.
	if v >= public && !isPublic(subject) {
		a.tell(a.names.level(project, scope, false), "cleared", subject)
	}
	if v >= all && !isPublic(subject) {
		a.tell(a.names.level(project, scope, true), "cleared", subject)
	}
}

func isPublic(subject eyeshot.Subject) bool { return subject.IsWildcard() }
