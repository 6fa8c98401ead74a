package indexer

import (
	"context"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Guard looks at what is about to be opened further, before it is. It is asked
// while the tenant is locked, so it must change no tenant itself.
type Guard interface {
	// Review says for each proposal whether it is held back.
	Review(ctx context.Context, proposals []Proposal) (held []bool, err error)
}

// Proposal is an object on which relationships are about to be added.
type Proposal struct {
	Object eyeshot.Object
	Before []eyeshot.Relationship // that the source has on it now; nil for Access
	After  []eyeshot.Relationship // that it tells; nil for Access
	// Access: a group, project, level or folder. What the source has on it is
	// recorded in the state, what it tells is staged there.
	Access bool
}

// review asks the guard about documents that get new relationships. One that is
// held back keeps those that the source had and still tells: what it takes away
// goes, what it adds waits.
//
// A document that is not indexed, of which only the permissions are told, is
// asked about as well: what is held back of it has to stay known.
//
// SECURITY: tightening is never held back, and a document that has nothing left
// is readable by nobody.
func (s *session) review(ctx context.Context, guard Guard, changes []*change, recorded ledger) error {
	if guard == nil {
		return nil
	}
	var asked []*change
	var proposals []Proposal
	for _, c := range changes {
		if len(c.added) > 0 {
			asked = append(asked, c)
			proposals = append(proposals, Proposal{Object: c.object(), Before: recorded.settled(c.object()), After: c.item.Document.Relationships})
		}
	}
	if len(asked) == 0 {
		return nil
	}
	held, err := guard.Review(ctx, proposals)
	if err != nil {
		return err
	}
	for i, c := range asked {
		if held[i] {
			s.hold(c, proposals[i].Before, recorded)
		}
	}
	return nil
}

// hold reduces what a document is to be to what it was as well.
func (s *session) hold(c *change, before []eyeshot.Relationship, recorded ledger) {
	kept := slices.DeleteFunc(slices.Clone(c.item.Document.Relationships), func(r eyeshot.Relationship) bool {
		return !slices.ContainsFunc(before, func(b eyeshot.Relationship) bool {
			return b.Key() == r.Key() && sameCondition(b.Condition, r.Condition)
		})
	})
	c.held = true
	if len(kept) == 0 {
		c.refuse(connectors.Refuse(connectors.HeldBack, eyeshot.Invalid("relationships", "", "open it further than is believed without asking: it waits for an admin")))
		return
	}
	c.diff = recorded.diff(c.object(), kept)
	c.takeOut = c.takeOut && (len(c.added) > 0 || s.rules.excludes)
}

// settled returns what the source is known to have on an object.
func (l ledger) settled(object eyeshot.Object) []eyeshot.Relationship {
	var out []eyeshot.Relationship
	for _, o := range l.own[object] {
		if !o.Pending {
			out = append(out, o.Relationship)
		}
	}
	return out
}
