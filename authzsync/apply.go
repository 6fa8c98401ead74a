package authzsync

import (
	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/algebra"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/numbering"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
)

// Apply puts writes that OpenFGA has committed into the index, deletions first,
// as one version. Relationships that are written as they are already, and
// deletions of what isn't there, change nothing.
//
// The caller must have written them itself and must not write one of them again
// before Apply returns; [Writer] sees to that, and is what to use.
func (x *Index) Apply(writes, deletes []eyeshot.Relationship) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.learn(changesOf(writes, deletes))
}

// learn commits changes that are the latest word on their relationships. The
// caller holds mu.
func (x *Index) learn(changes []change) {
	now := x.clock.Now()
	has := x.View().version.State().Has
	for _, c := range changes {
		key := c.relationship.Key()
		_, there := has(key)
		x.ledger.know(key, now).ahead += presence(!c.deleted) - presence(there)
	}
	x.commit(changes)
}

// changesOf puts deletions before writes, as OpenFGA does.
func changesOf(writes, deletes []eyeshot.Relationship) []change {
	changes := make([]change, 0, len(writes)+len(deletes))
	for _, r := range deletes {
		changes = append(changes, change{relationship: r, deleted: true})
	}
	for _, r := range writes {
		changes = append(changes, change{relationship: r})
	}
	return changes
}

// applyTo makes the next state and counts the changes that changed anything.
// After an error the state holds what it could take.
func applyTo(state *tuples.State, program *algebra.Program, changes []change) (next *tuples.State, applied int, err error) {
	edit := state.Edit()
	containers := placeNew(state, program, changes)
	for _, c := range changes {
		changed := false
		if c.deleted {
			changed = edit.Delete(c.relationship.Key())
		} else if changed, err = edit.Write(c.relationship, containers[c.relationship.Object]); err != nil {
			break
		}
		if changed {
			applied++
		}
	}
	return edit.Done(), applied, err
}

// placeNew chooses a container for every object that is written on for the
// first time: of the subjects that it hangs on, one of the kind of which there
// are most, which is the narrowest (a folder rather than its project, a project
// rather than a security level).
func placeNew(state *tuples.State, program *algebra.Program, changes []change) map[eyeshot.Object]numbering.Container {
	chosen := map[eyeshot.Object]numbering.Container{}
	most := map[eyeshot.Object]int{}
	for _, c := range changes {
		object := c.relationship.Object
		if _, known := state.Numbering().Ordinal(object); known || c.deleted {
			continue
		}
		slot, ok := tuples.SlotOf(c.relationship)
		if !ok || !program.Joins(slot) {
			continue
		}
		if size := state.Spread(slot) + 1; size > most[object] {
			most[object] = size
			chosen[object] = containerOf(state, slot, c.relationship.Subject)
		}
	}
	return chosen
}

func containerOf(state *tuples.State, slot tuples.Slot, subject eyeshot.Subject) numbering.Container {
	ordinal, err := state.Numbering().Number(slot.SubjectType, subject.Object().ID(), numbering.Container{})
	if err != nil {
		return numbering.Container{}
	}
	return numbering.Container{Type: slot.SubjectType, Relation: slot.SubjectRelation, Ordinal: ordinal}
}
