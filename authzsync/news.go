package authzsync

import (
	"context"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

func (x *Index) lookForChanges(ctx context.Context, began time.Time) error {
	from, rewound := x.tail.start(began, x.options.Overlap)
	w := newWindow(x.tail.seen)
	end, err := readLog(ctx, x.source, from.Token, func(token string, page authz.ChangePage) {
		x.tail.see(token, page)
		for _, c := range page.Changes {
			w.add(c)
		}
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.commit(x.news(w))
	x.tail.reached(mark{Token: end, At: began, Seen: from.Seen + w.count}, began, x.options.Overlap, rewound)
	x.tail.seen = w.sightings(rewound)
	if began.Sub(x.tail.swept) >= x.options.Overlap/4 {
		x.ledger.forget(began.Add(-x.options.Overlap))
		x.tail.swept = began
	}
	return nil
}

// news returns what a window says that the index doesn't have. Where the index
// may know better it is left out, and asked about. The caller holds mu.
//
// SECURITY: a change that is older than what the index holds must not undo it:
// replaying "written" after this process's own "deleted" would show documents
// to a search that its user has just lost.
func (x *Index) news(w *window) []change {
	var news []change
	state := x.View().version.State()
	for _, key := range w.order {
		c := w.last[key]
		if x.ledger.isInFlight(key) || w.late[key] {
			x.ledger.doubt(key)
			continue
		}
		if agrees(state.Has, c) {
			continue
		}
		if x.ledger.mayBeNewer(key) {
			x.ledger.doubt(key)
			continue
		}
		news = append(news, change{relationship: c.Relationship, deleted: c.Deleted})
	}
	return news
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
