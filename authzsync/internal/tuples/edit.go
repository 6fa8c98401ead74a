package tuples

import (
	"fmt"
	"maps"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/numbering"
)

// Edit makes a new state out of one. What it touches it copies once; the state
// that it started from stays as it is. It is used by one goroutine.
type Edit struct {
	state State
	by    *owner
}

// Edit begins an edit.
func (s *State) Edit() *Edit {
	e := &Edit{state: *s, by: new(owner)}
	e.state.families = maps.Clone(s.families)
	return e
}

// Done ends the edit and returns the new state. The edit must not be used again.
func (e *Edit) Done() *State {
	done := e.state
	e.by = nil
	return &done
}

// Write adds a relationship and reports whether that changed anything. One that
// is there under another condition moves to the new one. An object that has no
// ordinal yet is placed in the container; see [numbering.Numbering.Number].
// What has not the form of a relationship is refused.
func (e *Edit) Write(r eyeshot.Relationship, container numbering.Container) (bool, error) {
	at, ok := locate(r.Key())
	if !ok {
		return false, eyeshot.Invalid("relationship", r.String(), `must be "type:id", a relation and a subject`)
	}
	source, object, err := e.number(at, container)
	if err != nil {
		return false, fmt.Errorf("add %s to the permission index: %w", r, err)
	}
	var condition string
	if r.Condition != nil {
		condition = r.Condition.Name
	}
	if e.state.families[at.slot].table(condition).Set(source).Contains(object) {
		return false, nil
	}
	e.remove(at.slot, source, object)
	e.table(at.slot, condition).add(source, object, e.by)
	e.state.tuples++
	return true, nil
}

// Delete takes a relationship away, whatever its condition, and reports whether
// it was there.
func (e *Edit) Delete(key eyeshot.RelationshipKey) bool {
	at, ok := locate(key)
	if !ok {
		return false
	}
	source, object, ok := e.state.ordinals(at)
	return ok && e.remove(at.slot, source, object)
}

func (e *Edit) remove(slot Slot, source, object uint32) bool {
	for _, table := range e.state.families[slot] {
		if table.Set(source).Contains(object) {
			e.table(slot, table.condition).remove(source, object, e.by)
			e.state.tuples--
			return true
		}
	}
	return false
}

// number returns the ordinals of a tuple's subject and object and gives them
// one where they have none.
func (e *Edit) number(at place, container numbering.Container) (source, object uint32, err error) {
	if !at.slot.Wildcard {
		source, err = e.state.numbering.Number(at.slot.SubjectType, at.subjectID, numbering.Container{})
		if err != nil {
			return 0, 0, err
		}
	}
	object, err = e.state.numbering.Number(at.slot.Type, at.object, container)
	return source, object, err
}

// table returns the slot's table for a condition, for the edit to change.
func (e *Edit) table(slot Slot, condition string) *Table {
	family := e.state.families[slot]
	for i, table := range family {
		if table.condition != condition {
			continue
		}
		if owned := table.owned(e.by); owned != table {
			family = slices.Clone(family)
			family[i] = owned
			e.state.families[slot] = family
		}
		return e.state.families[slot][i]
	}
	table := newTable(condition, e.by)
	e.state.families[slot] = append(slices.Clone(family), table)
	return table
}
