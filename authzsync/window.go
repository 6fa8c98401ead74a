package authzsync

import (
	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// window is what one look reads of the log: for each relationship the last
// thing that it says. What came before is history, and none of it may take
// effect again.
type window struct {
	order []eyeshot.RelationshipKey
	last  map[eyeshot.RelationshipKey]authz.Change
	count int

	known map[sighting]bool // what earlier looks saw
	all   map[sighting]bool // what this one saw
	fresh map[eyeshot.RelationshipKey]bool
	// late are relationships with a change that shows only now, in front of one
	// that an earlier look saw. Which of the two was committed last the log
	// can't say.
	late map[eyeshot.RelationshipKey]bool
}

// sighting identifies a change in the log.
type sighting struct {
	key     eyeshot.RelationshipKey
	deleted bool
	at      int64
}

func newWindow(known map[sighting]bool) *window {
	if known == nil {
		known = map[sighting]bool{}
	}
	return &window{
		last: map[eyeshot.RelationshipKey]authz.Change{}, known: known, all: map[sighting]bool{},
		fresh: map[eyeshot.RelationshipKey]bool{}, late: map[eyeshot.RelationshipKey]bool{},
	}
}

func (w *window) add(c authz.Change) {
	key := c.Relationship.Key()
	if _, seen := w.last[key]; !seen {
		w.order = append(w.order, key)
	}
	w.last[key] = c
	w.count++
	s := sighting{key, c.Deleted, c.At.UnixNano()}
	w.all[s] = true
	if !w.known[s] {
		w.fresh[key] = true
	} else if w.fresh[key] {
		w.late[key] = true
	}
}

// sightings returns what the next look should know: all of a window that began
// at the overlap, and what a shorter one adds to it.
func (w *window) sightings(rewound bool) map[sighting]bool {
	if rewound {
		return w.all
	}
	for s := range w.all {
		w.known[s] = true
	}
	return w.known
}
