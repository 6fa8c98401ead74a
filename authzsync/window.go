package authzsync

import (
	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// window is what one look reads of the log, by relationship. Changes that an
// earlier look saw are history, and none of them takes effect again.
type window struct {
	order  []eyeshot.RelationshipKey
	traces map[eyeshot.RelationshipKey]trace
	known  sightings
	seen   map[sighting]int // how often this one did
	count  int
}

// trace is what a window says of one relationship.
type trace struct {
	last  authz.Change // the last change that the log has
	fresh bool         // one of the changes is new
	// net is how many of the new ones are writes, less those that are deletions.
	// OpenFGA logs no write of what is there and no deletion of what is not, so
	// the log of a relationship is written, deleted, written …, and net says what
	// becomes of it, in whatever order the changes were committed.
	net int
}

func newWindow(known sightings) *window {
	return &window{traces: map[eyeshot.RelationshipKey]trace{}, known: known, seen: map[sighting]int{}}
}

func (w *window) add(c authz.Change) {
	key := c.Relationship.Key()
	t, again := w.traces[key]
	if !again {
		w.order = append(w.order, key)
	}
	t.last = c
	s := sighting{key, c.Deleted, c.At.UnixNano()}
	w.seen[s]++
	if w.seen[s] > w.known[s].times {
		t.fresh = true
		t.net += step(c.Deleted)
	}
	w.traces[key] = t
	w.count++
}

// step is what a change does to the number of tuples of its relationship.
func step(deleted bool) int {
	if deleted {
		return -1
	}
	return 1
}
