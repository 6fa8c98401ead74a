package authzsync

import (
	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// verdict is what becomes of a relationship that the log has news of.
type verdict int

const (
	nothing  verdict = iota // the index holds it as the log has it
	takeOver                // the index takes over the log's last change
	doubtful                // only OpenFGA can tell
)

// judge decides about a relationship that has fresh changes. The log's last
// change is taken for the last one committed unless
//   - a write of this process is on its way, which may come before or after it;
//   - the changes don't add up: from what the index holds, they lead to the
//     opposite of what the last one says, so that another must have been
//     committed after it;
//   - this process wrote the relationship a moment ago, or asked about it, and
//     the log says otherwise: it may be older, or newer.
//
// The first look after everything was read can't add up: the index holds some
// of the changes of its window already. The caller holds mu.
func (x *Index) judge(key eyeshot.RelationshipKey, t trace) verdict {
	has := x.View().version.State().Has
	_, there := has(key)
	adds := x.ledger.addsUp(key, presence(there), t.net, presence(!t.last.Deleted))
	switch {
	case x.ledger.isInFlight(key), x.tail.based && !adds:
		return doubtful
	case agrees(has, t.last):
		return nothing
	case x.ledger.mayBeNewer(key):
		return doubtful
	}
	return takeOver
}

func presence(there bool) int {
	if there {
		return 1
	}
	return 0
}

// agrees reports whether a change has happened already, as far as has knows.
func agrees(has func(eyeshot.RelationshipKey) (string, bool), c authz.Change) bool {
	condition, there := has(c.Relationship.Key())
	if c.Deleted || !there {
		return c.Deleted != there
	}
	return condition == conditionOf(c.Relationship)
}

func conditionOf(r eyeshot.Relationship) string {
	if r.Condition == nil {
		return ""
	}
	return r.Condition.Name
}
