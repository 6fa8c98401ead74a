package churn

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

const (
	tenantName = "acme"
	source     = "churn"
	longAgo    = "2001-01-01T00:00:00Z"
	farOff     = "2101-01-01T00:00:00Z"
)

// world names everything there is, and draws what could be. It is as small as a
// company can be in which everything still meets everything.
type world struct {
	users, groups, projects, levels, folders int
	documents                                []eyeshot.Object
	principals                               []eyeshot.Principal
}

func newWorld(o Options) *world {
	w := &world{users: o.Users, groups: 4 + o.Users/3, projects: 4 + o.Documents/60, levels: 3, folders: 6}
	for i := range o.Documents {
		w.documents = append(w.documents, eyeshot.Object(fmt.Sprintf("%s:%s/%d", []string{"ticket", "ticket", "document", "comment"}[i%4], source, i)))
	}
	for i := range o.Users {
		p := eyeshot.Principal{Tenant: tenantName, Subject: user(i)}
		w.principals = append(w.principals, p)
		if i%3 == 0 {
			p.Actor = "agent:claude"
			w.principals = append(w.principals, p)
		}
		if i%6 == 0 {
			p.Task = "task:1"
			w.principals = append(w.principals, p)
		}
	}
	return w
}

func user(i int) eyeshot.Object    { return eyeshot.Object(fmt.Sprintf("user:u%d", i)) }
func group(i int) eyeshot.Object   { return eyeshot.Object(fmt.Sprintf("group:g%d", i)) }
func project(i int) eyeshot.Object { return eyeshot.Object(fmt.Sprintf("project:%s/P%d", source, i)) }
func level(i int) eyeshot.Object {
	return eyeshot.Object(fmt.Sprintf("security_level:%s/%d", source, i))
}
func folder(i int) eyeshot.Object   { return eyeshot.Object(fmt.Sprintf("folder:%s/F%d", source, i)) }
func members(i int) eyeshot.Subject { return eyeshot.Subject(group(i)) + "#member" }

func written(object eyeshot.Object, relation string, subject eyeshot.Subject) eyeshot.Relationship {
	return eyeshot.Relationship{Object: object, Relation: relation, Subject: subject}
}

// until puts a relationship under a condition that is met, or was, long ago.
func until(r eyeshot.Relationship, time string) eyeshot.Relationship {
	r.Condition = &eyeshot.Condition{Name: "unexpired", Context: map[string]any{"expires_at": time}}
	return r
}

// frame is what never changes: projects and levels are the tenant's.
func (w *world) frame() []eyeshot.Relationship {
	var all []eyeshot.Relationship
	for i := range w.projects {
		all = append(all, written(project(i), "tenant", "tenant:"+tenantName))
	}
	for i := range w.levels {
		all = append(all, written(level(i), "tenant", "tenant:"+tenantName))
	}
	for i := range w.folders {
		parent := written(folder(i), "parent", eyeshot.Subject(folder(i/3)))
		if i%3 == 0 {
			parent = written(folder(i), "project", eyeshot.Subject(project(i%w.projects)))
		}
		all = append(all, parent)
	}
	return all
}

// document draws a document: where it is, who may read it beside that, and the
// version of its text.
func (w *world) document(r *rand.Rand, object eyeshot.Object, version int) eyeshot.Document {
	sentence := fmt.Sprintf("The company note of %s about %s says what %s is for, as of v%d. ", object.ID(), topic(version), topic(version+len(object)), version)
	return eyeshot.Document{
		Object: object, Title: fmt.Sprintf("Company note on %s, v%d", topic(version), version),
		Text: strings.Repeat(sentence, 1+version%40), Metadata: map[string]any{"half": half(object)},
		Relationships: w.place(r, object),
	}
}

// half is what a metadata filter can ask for; it stays with the document.
func half(object eyeshot.Object) string {
	return []string{"left", "right"}[object[len(object)-1]%2]
}

func topic(i int) string {
	return []string{"refunds", "deployments", "invoices", "holidays", "outages", "contracts", "onboarding"}[i%7]
}

func (w *world) place(r *rand.Rand, object eyeshot.Object) []eyeshot.Relationship {
	switch object.Type() {
	case "ticket":
		return w.ticket(r, object)
	case "document":
		if r.IntN(3) == 0 {
			return []eyeshot.Relationship{written(object, "project", eyeshot.Subject(project(r.IntN(w.projects))))}
		}
		return []eyeshot.Relationship{written(object, "parent", eyeshot.Subject(folder(r.IntN(w.folders))))}
	}
	return w.comment(r, object)
}

func (w *world) ticket(r *rand.Rand, object eyeshot.Object) []eyeshot.Relationship {
	all := []eyeshot.Relationship{written(object, "project", eyeshot.Subject(project(r.IntN(w.projects))))}
	if r.IntN(3) > 0 {
		all = append(all, written(object, "open", "user:*"))
	} else {
		all = append(all, written(object, "level", eyeshot.Subject(level(r.IntN(w.levels)))))
	}
	if r.IntN(4) == 0 {
		all = append(all, written(object, "assignee", eyeshot.Subject(user(r.IntN(w.users)))))
	}
	return all
}

func (w *world) comment(r *rand.Rand, object eyeshot.Object) []eyeshot.Relationship {
	ticket := w.documents[r.IntN(len(w.documents)/4)*4]
	all := []eyeshot.Relationship{written(object, "ticket", eyeshot.Subject(ticket))}
	if r.IntN(2) == 0 {
		return append(all, written(object, "everyone", "user:*"))
	}
	return append(all, written(object, "audience", members(r.IntN(w.groups))))
}
