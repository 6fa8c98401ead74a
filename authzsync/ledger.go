package authzsync

import (
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// ledger remembers the relationships of which the index knows more than the
// change log may yet show: those that this process wrote a moment ago, is
// writing now, or asked OpenFGA about. What the log says of such a relationship
// may be older than what the index holds. If the two agree there is nothing to
// do; if they don't, only OpenFGA can tell which is newer, and is asked.
//
// Without it, a page of the log that still says "written" would bring back what
// this process has deleted since.
type ledger struct {
	entries map[eyeshot.RelationshipKey]*entry
	doubts  map[eyeshot.RelationshipKey]bool // to be asked about
	turn    uint64
}

type entry struct {
	turn     uint64    // of the last word about the relationship
	at       time.Time // and its time
	inFlight int       // writes that were sent and have not come back
	ahead    int       // what own changes did that the log hasn't shown; see [trace]
	asked    bool      // OpenFGA was asked: what of that the log has shown nobody knows
}

func newLedger() *ledger {
	return &ledger{entries: map[eyeshot.RelationshipKey]*entry{}, doubts: map[eyeshot.RelationshipKey]bool{}}
}

func (l *ledger) entry(key eyeshot.RelationshipKey) *entry {
	e := l.entries[key]
	if e == nil {
		e = &entry{}
		l.entries[key] = e
	}
	return e
}

// begin notes that a write of the relationship is on its way to OpenFGA.
func (l *ledger) begin(key eyeshot.RelationshipKey) { l.entry(key).inFlight++ }

// end notes that the write came back.
func (l *ledger) end(key eyeshot.RelationshipKey) { l.entry(key).inFlight-- }

// know notes that the index holds the latest word about the relationship.
func (l *ledger) know(key eyeshot.RelationshipKey, now time.Time) *entry {
	e := l.entry(key)
	l.turn++
	e.turn, e.at = l.turn, now
	return e
}

// addsUp reports whether fresh changes of the log lead from what the index holds
// to what the last of them says.
func (l *ledger) addsUp(key eyeshot.RelationshipKey, held, net, last int) bool {
	e := l.entries[key]
	if e == nil {
		return held+net == last
	}
	return !e.asked && held+net-e.ahead == last
}

// catchUp notes that the log showed changes.
func (l *ledger) catchUp(key eyeshot.RelationshipKey, net int) {
	if e := l.entries[key]; e != nil {
		e.ahead -= net
	}
}

// mayBeNewer reports whether the index may know more than the log.
func (l *ledger) mayBeNewer(key eyeshot.RelationshipKey) bool { return l.entries[key] != nil }

// doubt puts the relationship among those to ask about.
func (l *ledger) doubt(key eyeshot.RelationshipKey) {
	l.entry(key)
	l.doubts[key] = true
}

// questions returns the relationships to ask about now, with the turn that each
// is in: an answer counts only if the turn is still the same when it comes.
func (l *ledger) questions() map[eyeshot.RelationshipKey]uint64 {
	open := map[eyeshot.RelationshipKey]uint64{}
	for key := range l.doubts {
		if e := l.entries[key]; e.inFlight == 0 {
			open[key] = e.turn
		}
	}
	return open
}

// settle reports whether an answer to a question of that turn still counts, and
// if so ends the doubt.
func (l *ledger) settle(key eyeshot.RelationshipKey, turn uint64) bool {
	e := l.entries[key]
	if e == nil || e.turn != turn || e.inFlight > 0 {
		return false
	}
	delete(l.doubts, key)
	return true
}

// forget drops what was known before a time: the log shows it by now.
func (l *ledger) forget(before time.Time) {
	for key, e := range l.entries {
		if e.inFlight == 0 && !l.doubts[key] && e.at.Before(before) {
			delete(l.entries, key)
		}
	}
}

// isInFlight reports whether a write of the relationship is on its way.
func (l *ledger) isInFlight(key eyeshot.RelationshipKey) bool {
	e := l.entries[key]
	return e != nil && e.inFlight > 0
}

// turnOf returns the turn that a relationship is in, 0 where nothing is known.
func (l *ledger) turnOf(key eyeshot.RelationshipKey) uint64 {
	if e := l.entries[key]; e != nil {
		return e.turn
	}
	return 0
}
