package authzsync

import (
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// sighting identifies a change in the log, up to changes of one instant.
type sighting struct {
	key     eyeshot.RelationshipKey
	deleted bool
	at      int64
}

// sightings says of each change how often the log has it, as far as it was
// read, and when it was last seen there. It reaches back as far as a look may:
// a replica that lags can hide for a while what was seen before.
type sightings map[sighting]sighted

type sighted struct {
	times int
	last  time.Time
}

// known returns what earlier looks saw of the window that a look is to read.
func (t *tail) known(rewound bool) sightings {
	if rewound {
		return t.seen
	}
	return nil // it begins where they ended
}

// remember notes what a look saw, and forgets what no look will see again.
func (t *tail) remember(w *window, rewound bool, now time.Time, overlap time.Duration) {
	t.based = true
	if t.seen == nil {
		t.seen = sightings{}
	}
	for s, n := range w.seen {
		before := t.seen[s].times
		if rewound {
			n = max(n, before)
		} else {
			n += before
		}
		t.seen[s] = sighted{n, now}
	}
	for s, seen := range t.seen {
		if now.Sub(seen.last) > 2*overlap {
			delete(t.seen, s)
		}
	}
}
