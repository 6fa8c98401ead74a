package revoke

import (
	"fmt"
	"math/rand/v2"

	"github.com/eyeshot-dev/eyeshot"
)

// world is what may be read by whom: what never changes, and what swings. A user
// reads its base and the documents of each swing that is on; no swing bears on
// another's documents.
type world struct {
	objects []eyeshot.Object
	base    []map[int]bool // documents, by user
	swings  []swing
	fixed   []eyeshot.Relationship
}

// swing is one relationship that comes and goes, and the documents that come and
// go with it for one user.
type swing struct {
	kind         string
	user         int
	relationship eyeshot.Relationship
	documents    []int
}

// size of what is given and taken at once, where it is no single document.
const swinging = 20

func newWorld(o Options) *world {
	w := &world{}
	r := rand.New(rand.NewPCG(o.Seed, 31))
	const projects = 20
	for i := range o.Documents {
		w.ticket(fmt.Sprintf("project:a/P%d", i%projects), "open", "user:*")
	}
	for u := range o.Users {
		w.base = append(w.base, map[int]bool{})
		team := fmt.Sprintf("group:team-%d", u)
		w.fix(team, "member", user(u))
		for _, p := range r.Perm(projects)[:3] {
			w.fix(fmt.Sprintf("project:a/P%d", p), "viewer", eyeshot.Subject(team+"#member"))
			for i := p; i < o.Documents; i += projects {
				w.base[u][i] = true
			}
		}
		w.swingsOf(u, r)
	}
	return w
}

// swingsOf are one of each kind, over projects that no other has.
func (w *world) swingsOf(u int, r *rand.Rand) {
	project := func(kind string) string { return fmt.Sprintf("project:a/%s-%d", kind, u) }
	group := func(kind string) string { return fmt.Sprintf("group:%s-%d", kind, u) }
	members := func(group string) eyeshot.Subject { return eyeshot.Subject(group + "#member") }

	w.fix(project("join"), "viewer", members(group("join")))
	w.swing("membership", u, written(group("join"), "member", user(u)), w.tickets(project("join"), "open", "user:*"))

	w.fix(group("grant"), "member", user(u))
	w.swing("project's viewers", u, written(project("grant"), "viewer", members(group("grant"))), w.tickets(project("grant"), "open", "user:*"))

	w.fix(project("nest"), "viewer", members(group("outer")))
	w.fix(group("inner"), "member", user(u))
	w.swing("nested group", u, written(group("outer"), "member", members(group("inner"))), w.tickets(project("nest"), "open", "user:*"))

	level := fmt.Sprintf("security_level:a/%d", u)
	w.fix(project("clear"), "viewer", user(u))
	w.swing("clearance", u, written(level, "cleared", user(u)), w.tickets(project("clear"), "level", eyeshot.Subject(level)))

	for range 3 { // of what is nobody's
		lone := w.ticket(project("closed"), "open", "user:*")
		w.swing("direct share", u, written(string(w.objects[lone]), "viewer", user(u)), []int{lone})
	}
}

func (w *world) swing(kind string, u int, r eyeshot.Relationship, documents []int) {
	w.swings = append(w.swings, swing{kind, u, r, documents})
}

func (w *world) tickets(project, relation string, subject eyeshot.Subject) (documents []int) {
	for range swinging {
		documents = append(documents, w.ticket(project, relation, subject))
	}
	return documents
}

func (w *world) ticket(project, relation string, subject eyeshot.Subject) int {
	object := fmt.Sprintf("ticket:a/%d", len(w.objects))
	w.objects = append(w.objects, eyeshot.Object(object))
	w.fix(object, "project", eyeshot.Subject(project))
	w.fix(object, relation, subject)
	return len(w.objects) - 1
}

func (w *world) fix(object, relation string, subject eyeshot.Subject) {
	w.fixed = append(w.fixed, written(object, relation, subject))
}

// name is a word that no other document has.
func (w *world) name(document int) string { return fmt.Sprintf("zq%dqz", document) }

func user(u int) eyeshot.Subject { return eyeshot.Subject(fmt.Sprintf("user:u%d", u)) }

func written(object, relation string, subject eyeshot.Subject) eyeshot.Relationship {
	return eyeshot.Relationship{Object: eyeshot.Object(object), Relation: relation, Subject: subject}
}
