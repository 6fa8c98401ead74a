// Package worlds makes the companies that benchmarks run on: users, nested
// groups, projects, security levels and documents, with sizes as real ones have
// them. The same seed gives the same world, for every strategy that is measured
// on it. It measures nothing.
package worlds

import (
	"fmt"
	"math/rand/v2"

	"github.com/eyeshot-dev/eyeshot"
)

// Size says how large a [Company] is.
type Size struct {
	Documents int // tickets and documents, together
	Users     int
	Groups    int
	Projects  int
	Levels    int     // security levels
	Shared    float64 // share of documents that are shared with somebody directly
}

// CompanyOf returns the size that the goals of the permission index are stated
// for (1,000,000 documents, 10,000 users, 2,000 groups, 500 projects), or a like
// company with so many documents.
func CompanyOf(documents int) Size {
	size := Size{Documents: 1_000_000, Users: 10_000, Groups: 2_000, Projects: 500, Levels: 10, Shared: 0.02}
	factor := float64(documents) / float64(size.Documents)
	size.Documents = documents
	size.Users = max(int(float64(size.Users)*factor), 20)
	size.Groups = max(int(float64(size.Groups)*factor), 10)
	size.Projects = max(int(float64(size.Projects)*factor), 5)
	return size
}

// Company makes the relationships of a company on the model that ships with
// Eyeshot, in an order that has nothing to do with who reads what. The same
// seed gives the same world.
//
// A third of the projects' content is documents in folders, the rest tickets;
// one ticket in five carries a security level. Groups nest four deep. A user is
// in some twenty to sixty projects; one in a hundred is an admin, and one
// project in fifty is open to everybody.
func Company(size Size, seed uint64) []eyeshot.Relationship {
	w := &company{Size: size, Rand: rand.New(rand.NewPCG(seed, 1))}
	w.groups()
	w.projects()
	w.levels()
	for i := range size.Documents {
		if i%3 == 0 {
			w.document(i)
		} else {
			w.ticket(i)
		}
	}
	w.Shuffle(len(w.all), func(i, j int) { w.all[i], w.all[j] = w.all[j], w.all[i] })
	return w.all
}

// User names a user of a [Company].
func User(i int) eyeshot.Subject {
	return eyeshot.Subject(fmt.Sprintf("user:person%05d@example.org", i))
}

type company struct {
	Size
	*rand.Rand
	all []eyeshot.Relationship
}

func (w *company) add(object, relation, subject string) {
	w.all = append(w.all, eyeshot.Relationship{
		Object: eyeshot.Object(object), Relation: relation, Subject: eyeshot.Subject(subject),
	})
}

func (w *company) user() string { return string(User(w.IntN(w.Users))) }

// groups makes a forest: group i is in group i/8, so there are four layers.
// Each user is in two to four of the lowest ones.
func (w *company) groups() {
	for i := 1; i < w.Groups; i++ {
		if parent := i / 8; parent > 0 {
			w.add(group(parent), "member", group(i)+"#member")
		}
	}
	for i := range w.Users {
		for range 2 + w.IntN(3) {
			w.add(group(w.Groups/8+w.IntN(w.Groups-w.Groups/8)), "member", string(User(i)))
		}
		if i%100 == 0 {
			w.add("tenant:acme", "admin", string(User(i)))
		}
	}
}

// projects are viewed by a few groups of all layers and some single users.
func (w *company) projects() {
	for i := range w.Projects {
		w.add(project(i), "tenant", "tenant:acme")
		for range 2 {
			w.add(project(i), "viewer", group(w.IntN(w.Groups/8)+1)+"#member")
		}
		for range 4 {
			w.add(project(i), "viewer", group(w.IntN(w.Groups))+"#member")
		}
		for range 30 {
			w.add(project(i), "member", w.user())
		}
		if i%50 == 0 {
			w.add(project(i), "viewer", "user:*")
		}
	}
}

func (w *company) levels() {
	for i := range w.Levels {
		w.add(level(i), "tenant", "tenant:acme")
		for range 3 {
			w.add(level(i), "cleared", group(w.IntN(w.Groups/8)+1)+"#member")
		}
	}
}

func (w *company) ticket(i int) {
	p := w.IntN(w.Projects)
	name := fmt.Sprintf("ticket:jira-main/P%03d-%d", p, i)
	w.add(name, "project", project(p))
	if w.IntN(5) == 0 {
		w.add(name, "level", level(w.IntN(w.Levels)))
	} else {
		w.add(name, "open", "user:*")
	}
	w.share(name)
}

func (w *company) document(i int) {
	p := w.IntN(w.Projects)
	folder := w.IntN(20)
	name := fmt.Sprintf("folder:wiki/P%03d/%d", p, folder)
	if i < 3*20*w.Projects { // each folder's own place, once or a few times over
		if folder%4 == 0 {
			w.add(name, "project", project(p))
		} else {
			w.add(name, "parent", fmt.Sprintf("folder:wiki/P%03d/%d", p, folder/4*4))
		}
	}
	document := fmt.Sprintf("document:wiki/P%03d/%d/page-%d.md", p, folder, i)
	w.add(document, "parent", name)
	w.share(document)
}

func (w *company) share(name string) {
	if w.Float64() < w.Shared {
		w.add(name, "viewer", w.user())
	}
}

func group(i int) string   { return fmt.Sprintf("group:team-%04d", i) }
func project(i int) string { return fmt.Sprintf("project:jira-main/P%03d", i) }
func level(i int) string   { return fmt.Sprintf("security_level:jira-main/%d", i) }

// Describe says what the world is, for a report.
func (s Size) Describe() map[string]any {
	return map[string]any{
		"documents": s.Documents, "users": s.Users, "groups": s.Groups, "nesting": 4, "projects": s.Projects, "levels": s.Levels,
		"shared": s.Shared, "distribution": "uniform over projects; a third in folders; one ticket in five under a level; one user in 100 an admin",
	}
}
