package tuples

import (
	"slices"
	"strconv"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// Slot says what kind of tuple a table holds: which relation of which type is
// written, and what form its subject has. It is one entry of a model's type
// restrictions without the condition; "group#member" on document's viewer, say.
type Slot struct {
	Type, Relation               string // of the object: "document", "viewer"
	SubjectType, SubjectRelation string // "group", and "member" of a subject set
	Wildcard                     bool   // the subject is "type:*"
}

// Subject is a subject in its parts. ID is "" for a wildcard.
type Subject struct {
	Type, ID, Relation string
	Wildcard           bool
}

// ParseSubject cuts a subject into its parts; it reports false where it has no type.
func ParseSubject(s eyeshot.Subject) (Subject, bool) {
	object, relation, _ := strings.Cut(string(s), "#")
	typ, id, found := strings.Cut(object, ":")
	if !found || typ == "" || id == "" {
		return Subject{}, false
	}
	if id == "*" {
		return Subject{Type: typ, Wildcard: true}, relation == ""
	}
	return Subject{Type: typ, ID: id, Relation: relation}, true
}

// place is a tuple's key in its parts.
type place struct {
	slot              Slot
	subjectID, object string
}

func locate(k eyeshot.RelationshipKey) (place, bool) {
	subject, ok := ParseSubject(k.Subject)
	typ, id, found := strings.Cut(string(k.Object), ":")
	if !ok || !found || typ == "" || id == "" || k.Relation == "" {
		return place{}, false
	}
	slot := Slot{
		Type: typ, Relation: k.Relation,
		SubjectType: subject.Type, SubjectRelation: subject.Relation, Wildcard: subject.Wildcard,
	}
	return place{slot: slot, subjectID: subject.ID, object: id}, true
}

// subject writes the subject of a slot.
func (s Slot) subject(id string) eyeshot.Subject {
	switch {
	case s.Wildcard:
		return eyeshot.Subject(s.SubjectType + ":*")
	case s.SubjectRelation != "":
		return eyeshot.Subject(s.SubjectType + ":" + id + "#" + s.SubjectRelation)
	}
	return eyeshot.Subject(s.SubjectType + ":" + id)
}

// SlotOf returns the slot of a relationship; it reports false where it has not
// the form of one.
func SlotOf(r eyeshot.Relationship) (Slot, bool) {
	at, ok := locate(r.Key())
	return at.slot, ok
}

func (s Slot) compare(t Slot) int {
	return slices.Compare(
		[]string{s.Type, s.Relation, s.SubjectType, s.SubjectRelation, strconv.FormatBool(s.Wildcard)},
		[]string{t.Type, t.Relation, t.SubjectType, t.SubjectRelation, strconv.FormatBool(t.Wildcard)})
}
