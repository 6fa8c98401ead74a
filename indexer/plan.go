package indexer

import (
	"bytes"
	"encoding/json"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

// ledger is what is recorded on some objects, seen from one source.
type ledger struct {
	own    map[eyeshot.Object][]state.Owned
	others map[eyeshot.RelationshipKey]bool // recorded by another source
}

func newLedger(source string, owned []state.Owned) ledger {
	l := ledger{own: map[eyeshot.Object][]state.Owned{}, others: map[eyeshot.RelationshipKey]bool{}}
	for _, o := range owned {
		if o.Source == source {
			l.own[o.Relationship.Object] = append(l.own[o.Relationship.Object], o)
		} else {
			l.others[o.Relationship.Key()] = true
		}
	}
	return l
}

// diff is what to add and to remove so that a source's relationships become
// those that it tells now. Both lists are in the source's own name; see
// [ledger.deletable] for what of the removed is taken out of OpenFGA.
type diff struct{ added, removed []eyeshot.Relationship }

func (d diff) none() bool { return len(d.added) == 0 && len(d.removed) == 0 }

func (d *diff) append(more diff) {
	d.added = append(d.added, more.added...)
	d.removed = append(d.removed, more.removed...)
}

// diff compares what is recorded with what is wanted. What is recorded as
// pending may be in OpenFGA or not: it is added again where it is wanted, and
// removed where it is not.
func (l ledger) diff(object eyeshot.Object, wanted []eyeshot.Relationship) diff {
	recorded := make(map[eyeshot.RelationshipKey]state.Owned, len(l.own[object]))
	for _, o := range l.own[object] {
		recorded[o.Relationship.Key()] = o
	}
	var d diff
	kept := make(map[eyeshot.RelationshipKey]bool, len(wanted))
	for _, r := range wanted {
		if kept[r.Key()] {
			continue
		}
		kept[r.Key()] = true
		o, ok := recorded[r.Key()]
		if !ok || o.Pending || !sameCondition(o.Relationship.Condition, r.Condition) {
			d.added = append(d.added, r)
		}
	}
	for _, o := range l.own[object] {
		if !kept[o.Relationship.Key()] {
			d.removed = append(d.removed, o.Relationship)
		}
	}
	return d
}

// deletable leaves out what another source has written as well: it is that
// source's to take away.
func (l ledger) deletable(removed []eyeshot.Relationship) []eyeshot.Relationship {
	out := make([]eyeshot.Relationship, 0, len(removed))
	for _, r := range removed {
		if !l.others[r.Key()] {
			out = append(out, r)
		}
	}
	return out
}

func sameCondition(a, b *eyeshot.Condition) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
