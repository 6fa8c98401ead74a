package authzsync

import (
	"maps"
	"slices"
	"sync"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// behind remembers the documents whose readers have changed since a store was
// last told of them. It is safe for concurrent use.
type behind struct {
	wake chan struct{} // holds one when there is something to do

	mu    sync.Mutex
	turn  uint64
	turns map[eyeshot.Object]uint64 // when each document last changed
	all   uint64                    // when all of them may have changed
	done  uint64                    // up to when the store has been told of all

	recent    []touch // the last changes, oldest first, told or not
	forgotten uint64  // the turn of the last that is no longer among them
}

// touch is one change of one document's readers.
type touch struct {
	turn   uint64
	object eyeshot.Object
}

// maxRecent bounds what is remembered of changes; a search that lasts for more
// of them is taken to be overtaken.
const maxRecent = 4096

func newBehind() *behind {
	return &behind{wake: make(chan struct{}, 1), turns: map[eyeshot.Object]uint64{}, all: 1, turn: 1}
}

// mark notes documents whose readers may have changed.
func (b *behind) mark(objects []eyeshot.Object) {
	if len(objects) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn++
	for _, object := range objects {
		b.turns[object] = b.turn
		b.recent = append(b.recent, touch{b.turn, object})
	}
	if len(b.recent) > maxRecent {
		kept := slices.Clone(b.recent[len(b.recent)-maxRecent/2:])
		b.recent, b.forgotten = kept, kept[0].turn
	}
	b.notify()
}

// markAll notes that the readers of any document may have changed.
func (b *behind) markAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn++
	b.all = b.turn
	b.notify()
}

// notify is called with mu held.
func (b *behind) notify() {
	select {
	case b.wake <- struct{}{}:
	default: // somebody was woken already, and has not looked yet
	}
}

// maxNamed is how many documents a search is told of; more are as good as any.
const maxNamed = 1000

// named is list for a search: where the documents are too many to name, it
// names none and ready is false. turn is the last one that it takes account of.
func (b *behind) named() (objects []eyeshot.Object, turn uint64, ready bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.turns) > maxNamed {
		return nil, b.turn, false
	}
	return slices.Collect(maps.Keys(b.turns)), b.turn, b.done >= b.all
}

// list returns the documents that are behind; ready is false where it may be
// any document.
func (b *behind) list() (objects []eyeshot.Object, ready bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Collect(maps.Keys(b.turns)), b.done >= b.all
}

// touched reports whether the readers of one of the documents may have changed
// after a turn.
func (b *behind) touched(after uint64, documents store.DocumentSet) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all > after || b.forgotten > after {
		return true
	}
	for _, t := range slices.Backward(b.recent) {
		if t.turn <= after {
			return false
		}
		if documents.Contains(t.object) {
			return true
		}
	}
	return false
}

// of returns the turns of those of the objects that are behind.
func (b *behind) of(objects []eyeshot.Object) map[eyeshot.Object]uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := map[eyeshot.Object]uint64{}
	for _, object := range objects {
		if turn, is := b.turns[object]; is {
			found[object] = turn
		}
	}
	return found
}

// some returns up to n documents that are behind, with their turns.
func (b *behind) some(n int) map[eyeshot.Object]uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := make(map[eyeshot.Object]uint64, min(n, len(b.turns)))
	for object, turn := range b.turns {
		if len(found) == n {
			break
		}
		found[object] = turn
	}
	return found
}

// told notes that the store has the readers that documents had at their turns.
func (b *behind) told(turns map[eyeshot.Object]uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for object, turn := range turns {
		if b.turns[object] == turn { // a later change is still to be told
			delete(b.turns, object)
		}
	}
}

// due returns when all documents have to be gone through, or 0 where that is done.
func (b *behind) due() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done >= b.all {
		return 0
	}
	return b.all
}

// gone notes that all documents were gone through since the turn.
func (b *behind) gone(through uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done = max(b.done, through)
}

// concerned returns the documents whose readers changes may change: those that
// were written on, and those that hang on them, at any depth.
func concerned(state *tuples.State, changes []change, documents map[string]bool) []eyeshot.Object {
	seen := map[eyeshot.Object]bool{}
	var found []eyeshot.Object
	add := func(object eyeshot.Object) {
		if documents[object.Type()] && !seen[object] {
			seen[object] = true
			found = append(found, object)
		}
	}
	for _, c := range changes {
		add(c.relationship.Object)
	}
	for i := 0; i < len(found); i++ { // it grows while it is walked
		hanging(state, found[i], documents, add)
	}
	return found
}

// hanging visits the documents that have a relationship to an object.
func hanging(state *tuples.State, object eyeshot.Object, documents map[string]bool, visit func(eyeshot.Object)) {
	ordinal, known := state.Numbering().Ordinal(object)
	if !known {
		return
	}
	for slot, table := range state.Slots() {
		if slot.SubjectType != object.Type() || !documents[slot.Type] || slot.Wildcard {
			continue
		}
		for on := range table.Set(ordinal).All() {
			if document, ok := state.Numbering().Object(slot.Type, on); ok {
				visit(document)
			}
		}
	}
}
