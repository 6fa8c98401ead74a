package authzsync

import (
	"context"
	"fmt"
	"maps"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/numbering"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Reconcile compares the index with all relationships that OpenFGA holds and
// mends what differs. It returns how many it had to mend, which should be none:
// the change log lost something, or showed it later than the overlap.
//
// What changes while it reads is left to the change log, and every difference
// is confirmed by a question about that one relationship. Searches and looks at
// the log go on meanwhile; the relationships are in memory twice.
func (x *Index) Reconcile(ctx context.Context) (mended int, err error) {
	j, view := x.record()
	defer x.discard(j)
	truth, err := readAll(ctx, x.source, view.version.State().Numbering())
	if err != nil {
		return 0, fmt.Errorf("reconcile the permission index: %w", err)
	}
	if err := x.Poll(ctx); err != nil {
		return 0, fmt.Errorf("reconcile the permission index: %w", err)
	}
	for key, turn := range x.differences(truth, j) {
		wrong, err := x.mend(ctx, key, turn)
		if err != nil {
			return mended, fmt.Errorf("reconcile the permission index: %w", err)
		}
		if wrong {
			mended++
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.stats.Reconciled++
	x.stats.Mended += mended
	return mended, nil
}

// differences returns the relationships in which the index and the truth
// differ and that nothing changed while the truth was read, with their turns.
func (x *Index) differences(truth *tuples.State, j *journal) map[eyeshot.RelationshipKey]uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	found := map[eyeshot.RelationshipKey]uint64{}
	state := x.View().version.State()
	if state.Numbering() != truth.Numbering() {
		return found // rebuilt or reordered meanwhile: the next time will tell
	}
	for r := range state.Missing(truth) {
		found[r.Key()] = x.ledger.turnOf(r.Key())
	}
	for r := range truth.Missing(state) {
		found[r.Key()] = x.ledger.turnOf(r.Key())
	}
	changed := map[eyeshot.RelationshipKey]bool{}
	for _, c := range j.changes {
		changed[c.relationship.Key()] = true
	}
	maps.DeleteFunc(found, func(key eyeshot.RelationshipKey, _ uint64) bool { return changed[key] })
	return found
}

// mend asks about one relationship and reports whether the index was wrong.
func (x *Index) mend(ctx context.Context, key eyeshot.RelationshipKey, turn uint64) (bool, error) {
	c, err := readOne(ctx, x.source, key)
	if err != nil {
		return false, fmt.Errorf("ask about a relationship: %w", err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	told := authz.Change{Relationship: c.relationship, Deleted: c.deleted}
	if x.ledger.turnOf(key) != turn || x.ledger.isInFlight(key) || agrees(x.View().version.State().Has, told) {
		return false, nil
	}
	x.ledger.know(key, x.clock.Now()).asked = true
	x.commit([]change{c})
	return true, nil
}

// readAll reads every relationship of the store into a state.
func readAll(ctx context.Context, source Source, n *numbering.Numbering) (*tuples.State, error) {
	edit := tuples.Empty(n).Edit()
	for token := ""; ; {
		page, err := source.Read(ctx, authz.ReadFilter{}, pageSize, token)
		if err != nil {
			return nil, fmt.Errorf("read all relationships: %w", err)
		}
		for _, r := range page.Relationships {
			if _, err := edit.Write(r, numbering.Container{}); err != nil {
				return nil, err
			}
		}
		if page.Next == "" || page.Next == token {
			return edit.Done(), nil
		}
		token = page.Next
	}
}
