package tuples

import (
	"iter"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/numbering"
)

// State is one immutable version of all relationships of a tenant. Its ordinals
// are those of its numbering, which later versions share and add to.
type State struct {
	numbering *numbering.Numbering
	families  map[Slot]family
	tuples    int
}

// family is the tables of one slot, one for each condition that a tuple of the
// slot was ever written with; a tuple is in at most one of them, since OpenFGA
// holds one tuple a key, whatever its condition.
type family []*Table

// Empty returns a state without relationships.
func Empty(n *numbering.Numbering) *State {
	return &State{numbering: n, families: map[Slot]family{}}
}

// Numbering returns what the ordinals mean.
func (s *State) Numbering() *numbering.Numbering { return s.numbering }

// Len returns the number of relationships.
func (s *State) Len() int { return s.tuples }

// Table returns the tuples of a slot that carry a condition ("" for none). It
// is nil where there are none, and a nil Table is an empty one.
func (s *State) Table(slot Slot, condition string) *Table {
	table := s.families[slot].table(condition)
	if table.Len() == 0 {
		return nil
	}
	return table
}

// Has reports whether a relationship exists, and the name of its condition.
func (s *State) Has(key eyeshot.RelationshipKey) (condition string, ok bool) {
	at, ok := locate(key)
	if !ok {
		return "", false
	}
	source, object, ok := s.ordinals(at)
	if !ok {
		return "", false
	}
	for _, table := range s.families[at.slot] {
		if table.Set(source).Contains(object) {
			return table.condition, true
		}
	}
	return "", false
}

// ordinals returns the ordinals of a tuple's subject and object, where both
// have one. The wildcard is source 0 of its table.
func (s *State) ordinals(at place) (source, object uint32, ok bool) {
	object, ok = s.numbering.OrdinalOf(at.slot.Type, at.object)
	if !ok || at.slot.Wildcard {
		return 0, object, ok
	}
	source, ok = s.numbering.OrdinalOf(at.slot.SubjectType, at.subjectID)
	return source, object, ok
}

// Slots yields the slots that hold tuples, with each of their tables.
func (s *State) Slots() iter.Seq2[Slot, *Table] {
	return func(yield func(Slot, *Table) bool) {
		for slot, family := range s.families {
			for _, table := range family {
				if table.Len() > 0 && !yield(slot, table) {
					return
				}
			}
		}
	}
}

// All yields every relationship, in no particular order. Conditions come
// without their context, which the state does not keep.
func (s *State) All() iter.Seq[eyeshot.Relationship] {
	return func(yield func(eyeshot.Relationship) bool) {
		for slot, table := range s.Slots() {
			for source, set := range table.All() {
				for object := range set.All() {
					if !yield(s.relationship(slot, table, source, object)) {
						return
					}
				}
			}
		}
	}
}

func (s *State) relationship(slot Slot, table *Table, source, object uint32) eyeshot.Relationship {
	on, _ := s.numbering.Object(slot.Type, object)
	r := eyeshot.Relationship{Subject: s.Subject(slot, source), Relation: slot.Relation, Object: on}
	if table.condition != "" {
		r.Condition = &eyeshot.Condition{Name: table.condition}
	}
	return r
}

// Subject returns the subject that a source of a slot's tables stands for.
func (s *State) Subject(slot Slot, source uint32) eyeshot.Subject {
	if slot.Wildcard {
		return slot.subject("")
	}
	object, _ := s.numbering.Object(slot.SubjectType, source)
	return slot.subject(object.ID())
}

func (f family) table(condition string) *Table {
	for _, table := range f {
		if table.condition == condition {
			return table
		}
	}
	return nil
}

// Spread returns the number of subjects that a slot's tuples name.
func (s *State) Spread(slot Slot) int {
	n := 0
	for _, table := range s.families[slot] {
		n += int(table.sources.bits.GetCardinality())
	}
	return n
}

// Objects returns the number of objects that have an ordinal, of all types.
func (s *State) Objects() int {
	n := 0
	for _, typ := range s.numbering.Types() {
		n += s.numbering.Stats(typ).Objects
	}
	return n
}
