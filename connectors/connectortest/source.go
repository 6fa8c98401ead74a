package connectortest

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Source is a scripted source in memory. It is safe for concurrent use.
type Source struct {
	mu       sync.Mutex
	name     string
	docs     map[eyeshot.Object]entry
	deleted  map[eyeshot.Object]int64
	hidden   map[eyeshot.Object]entry
	access   []eyeshot.Relationship
	seq      int64 // of the last change of content
	added    int
	requests int
	breakAt  int // request from which on things go wrong; 0: never
	how      Fault

	// Lie makes connectors break the contract, for tests that show that it is
	// noticed.
	Lie Lie
	// Now gives UpdatedAt; nil: a fixed time and a second for each change.
	Now func() time.Time
}

type entry struct {
	doc     eyeshot.Document
	seq     int64
	spoiled bool
}

// NewSource makes an empty source.
func NewSource(name string) *Source {
	return &Source{name: name, docs: map[eyeshot.Object]entry{}, deleted: map[eyeshot.Object]int64{}}
}

// Object names a ticket of the source.
func (s *Source) Object(id string) eyeshot.Object {
	return eyeshot.Object("ticket:" + s.name + "/" + id)
}

// Put adds or replaces a ticket: its text and "relation subject" pairs.
func (s *Source) Put(id, text string, relationships ...string) eyeshot.Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	object := s.Object(id)
	s.seq++
	delete(s.deleted, object)
	s.docs[object] = entry{seq: s.seq, doc: eyeshot.Document{
		Object: object, Title: "Ticket " + id, Text: text, UpdatedAt: s.now(), Relationships: on(object, relationships),
	}}
	return object
}

func (s *Source) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(s.seq) * time.Second)
}

// Share replaces a ticket's relationships and leaves its content as it is.
func (s *Source) Share(id string, relationships ...string) eyeshot.Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	object := s.Object(id)
	e := s.docs[object]
	e.doc.Relationships = on(object, relationships)
	s.docs[object] = e
	return object
}

// Remove deletes a ticket.
func (s *Source) Remove(id string) eyeshot.Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	object := s.Object(id)
	s.seq++
	delete(s.docs, object)
	s.deleted[object] = s.seq
	return object
}

// Hide makes a document one that is not told, as when its project is archived:
// no change of content says so, nor that Show brings it back.
func (s *Source) Hide(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hidden == nil {
		s.hidden = map[eyeshot.Object]entry{}
	}
	object := s.Object(id)
	s.hidden[object] = s.docs[object]
	delete(s.docs, object)
}

// Show ends Hide.
func (s *Source) Show(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	object := s.Object(id)
	s.docs[object] = s.hidden[object]
	delete(s.hidden, object)
}

// Spoil makes a ticket such that it is not understood.
func (s *Source) Spoil(id string) eyeshot.Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	object := s.Object(id)
	s.seq++
	e := s.docs[object]
	e.spoiled, e.seq = true, s.seq
	s.docs[object] = e
	return object
}

// SetAccess replaces the relationships of groups and projects; see [Rel].
func (s *Source) SetAccess(relationships ...eyeshot.Relationship) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access = relationships
}

// Rel builds a relationship.
func Rel(object eyeshot.Object, relation string, subject eyeshot.Subject) eyeshot.Relationship {
	return eyeshot.Relationship{Object: object, Relation: relation, Subject: subject}
}

// Documents returns what there is and is understood, by object.
func (s *Source) Documents() []eyeshot.Document {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []eyeshot.Document
	for _, object := range slices.Sorted(maps.Keys(s.docs)) {
		if !s.docs[object].spoiled {
			out = append(out, s.docs[object].doc)
		}
	}
	return out
}

// Access returns the relationships of groups and projects.
func (s *Source) Access() []eyeshot.Relationship {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.access)
}

// Break lets requests go wrong from the n-th on.
func (s *Source) Break(n int, how Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.breakAt, s.how = s.requests+n, how
}

// Heal ends that.
func (s *Source) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.breakAt = 0
}

func on(object eyeshot.Object, relationships []string) []eyeshot.Relationship {
	out := make([]eyeshot.Relationship, len(relationships))
	for i, text := range relationships {
		var relation, subject string
		_, _ = fmt.Sscan(text, &relation, &subject)
		out[i] = Rel(object, relation, eyeshot.Subject(subject))
	}
	return out
}

// World describes the source, filled with a few tickets, to the checks.
func (s *Source) World() World {
	for i := range 7 {
		s.Put(fmt.Sprint(i), fmt.Sprint("text ", i), "project project:"+s.name+"/p", "open user:*")
	}
	project := eyeshot.Object("project:" + s.name + "/p")
	for i := range 5 {
		s.access = append(s.access, Rel(project, "viewer", eyeshot.Subject(fmt.Sprint("user:", i))))
	}
	return World{
		Name: s.name,
		Open: func() (connectors.Connector, error) { return s.Connector(), nil },
		Change: func() (eyeshot.Object, error) {
			return s.Put("3", fmt.Sprint("changed ", s.seq), "project project:"+s.name+"/p", "open user:*"), nil
		},
		Add: func() (eyeshot.Object, error) {
			s.added++
			return s.Put(fmt.Sprint("new-", s.added), "new", "viewer user:1"), nil
		},
		Delete: func() (eyeshot.Object, error) { return s.Remove("2"), nil },
		Permit: func() (eyeshot.Object, error) { return s.Share("4", "viewer user:2"), nil },
		Spoil:  func() (eyeshot.Object, error) { return s.Spoil("5"), nil },
		Break:  s.Break, Heal: s.Heal, Faults: []Fault{Failing, Truncated, Drift},
	}
}
