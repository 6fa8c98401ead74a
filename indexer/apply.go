package indexer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// change is an entry that was accepted, and what it takes to bring it in.
type change struct {
	*entry
	diff
	known   bool // the store holds a version of it
	content bool // differs from what the store holds
	takeOut bool // the old content has to be gone before relationships are added
	absent  bool // its permissions alone were told, and it is not indexed
	held    bool // by the guard, so that it keeps less than was told
}

// apply brings a prepared lot in, in the order that [Indexer.Upsert] promises.
// Stopping between any two steps leaves too little access, never too much, and
// the next run, whatever it brings, ends what was begun.
func (s *session) apply(ctx context.Context, l *lot, guard Guard) ([]Applied, error) {
	unlock, err := s.locks.lock(ctx, s.name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	gone, err := s.deleteTold(ctx, l)
	if err != nil {
		return nil, err
	}
	withdrawn, err := s.withdrawRefused(ctx, l.entries)
	if err != nil {
		return nil, err
	}
	l.report.Withdrawn += withdrawn
	changes, err := s.bringInAccepted(ctx, l, guard)
	if err != nil {
		return nil, err
	}
	// What OpenFGA, the store or the guard refused after all is refused as a whole.
	if _, err := s.withdrawRefused(ctx, entriesOf(changes)); err != nil {
		return nil, err
	}
	l.count(changes, s.config.MaxProblems)
	return append(gone, l.applied(changes)...), nil
}

// bringInAccepted plans and makes the changes that the accepted entries take.
func (s *session) bringInAccepted(ctx context.Context, l *lot, guard Guard) ([]*change, error) {
	changes, ledger, err := s.plan(ctx, l)
	if err != nil {
		return nil, err
	}
	if err := s.review(ctx, guard, changes, ledger); err != nil {
		return nil, err
	}
	taken := slices.DeleteFunc(slices.Clone(changes), func(c *change) bool { return c.absent || c.item.Refused != nil })
	if err := s.changeRelationships(ctx, taken, ledger); err != nil {
		return nil, err
	}
	return changes, s.writeContent(ctx, taken)
}

// plan compares the accepted entries with what is there now.
func (s *session) plan(ctx context.Context, l *lot) ([]*change, ledger, error) {
	var accepted []*entry
	var objects []eyeshot.Object
	for _, e := range l.entries {
		if e.item.Refused == nil && !e.item.Deleted {
			accepted, objects = append(accepted, e), append(objects, e.object())
		}
	}
	owned, err := s.config.State.Owned(ctx, s.name, objects)
	if err != nil {
		return nil, ledger{}, err
	}
	hashes, err := s.config.Store.Hashes(ctx, s.name, objects)
	if err != nil {
		return nil, ledger{}, fmt.Errorf("look up what is indexed: %w", err)
	}
	recorded := newLedger(s.source, owned)
	changes := make([]*change, len(accepted))
	var late []*entry
	for i, e := range accepted {
		changes[i] = s.decide(e, recorded.diff(e.object(), e.item.Document.Relationships), hashes)
		changes[i].absent = e.item.AccessOnly && !changes[i].known && len(recorded.own[e.object()]) == 0
		if changes[i].content && e.chunks == nil {
			late = append(late, e)
		}
	}
	return changes, recorded, s.embed(ctx, late)
}

// decide says what one document takes.
//
// SECURITY: where somebody may read it who could not before, and the text is
// another one, the old text goes first: it was never meant for them. Where the
// model has a "but not", taking a relationship away can let people in as well.
func (s *session) decide(e *entry, d diff, hashes map[eyeshot.Object]string) *change {
	old, stored := hashes[e.object()]
	c := &change{entry: e, diff: d, known: stored, content: old != e.hash && !e.item.AccessOnly}
	c.takeOut = stored && c.content && len(d.added) > 0
	if stored && !d.none() && s.rules.excludes {
		c.takeOut, c.content = true, !e.item.AccessOnly
	}
	return c
}

// changeRelationships takes what is gone out of OpenFGA, then old content out
// of the store, then puts what is new into OpenFGA.
func (s *session) changeRelationships(ctx context.Context, changes []*change, recorded ledger) error {
	var all diff
	var out []eyeshot.Object
	for _, c := range changes {
		all.append(c.diff)
		if c.takeOut {
			out = append(out, c.object())
		}
	}
	if all.none() {
		return nil
	}
	// SECURITY: recorded before it is done, so that nothing is ever in OpenFGA
	// that no source would take out again.
	if err := s.config.State.Mark(ctx, s.name, s.source, slices.Concat(all.removed, all.added)); err != nil {
		return err
	}
	if err := s.take(ctx, recorded.deletable(all.removed), out); err != nil {
		return err
	}
	if err := s.add(ctx, changes, all.added); err != nil {
		return err
	}
	return s.settle(ctx, changes)
}

// take takes relationships out of OpenFGA and then content out of the store,
// so that a revocation never waits for a store that does not answer.
//
// SECURITY: all of it comes before anything is added or written. With a "but
// not" in the model a relationship that goes may let somebody in: there content
// goes first.
func (s *session) take(ctx context.Context, relationships []eyeshot.Relationship, content []eyeshot.Object) error {
	if s.rules.excludes {
		if err := s.deleteContent(ctx, content); err != nil {
			return err
		}
		return s.write(ctx, nil, relationships)
	}
	if err := s.write(ctx, nil, relationships); err != nil {
		return err
	}
	return s.deleteContent(ctx, content)
}

// add writes what is new. Where OpenFGA refuses it as invalid, each document is
// tried on its own, and those that it concerns are refused.
func (s *session) add(ctx context.Context, changes []*change, added []eyeshot.Relationship) error {
	err := s.write(ctx, added, nil)
	if !errors.Is(err, eyeshot.ErrInvalid) {
		return err
	}
	for _, c := range changes {
		err := s.write(ctx, c.added, nil)
		if errors.Is(err, eyeshot.ErrInvalid) {
			c.refuse(connectors.Refuse(connectors.BadRelationship, err))
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *session) settle(ctx context.Context, changes []*change) error {
	var done diff
	for _, c := range changes {
		if c.item.Refused == nil {
			done.append(c.diff)
		}
	}
	return s.config.State.Settle(ctx, s.name, s.source, done.added, done.removed)
}

// writeLot is how many relationships one call of [Tenant.Write] takes. It is
// what OpenFGA takes in one transaction: other writers, such as a revocation,
// come between two calls and need not wait for the whole lot.
const writeLot = 100

// write takes relationships away, all of them first, and adds relationships.
func (s *session) write(ctx context.Context, writes, deletes []eyeshot.Relationship) error {
	for part := range slices.Chunk(deletes, writeLot) {
		if err := s.tenant.Write(ctx, nil, part); err != nil {
			return fmt.Errorf("take relationships of tenant %q away: %w", s.name, err)
		}
	}
	for part := range slices.Chunk(writes, writeLot) {
		if err := s.tenant.Write(ctx, part, nil); err != nil {
			return fmt.Errorf("add relationships of tenant %q: %w", s.name, err)
		}
	}
	return nil
}

func (s *session) deleteContent(ctx context.Context, objects []eyeshot.Object) error {
	if len(objects) == 0 {
		return nil
	}
	if err := s.config.Store.Delete(ctx, s.name, objects); err != nil {
		return fmt.Errorf("take content out of the store: %w", err)
	}
	return nil
}

// writeContent writes new and changed content, last of all. Where the store
// refuses a record as invalid, each is tried on its own.
func (s *session) writeContent(ctx context.Context, changes []*change) error {
	var records []store.Record
	var written []*change
	for _, c := range changes {
		if c.content && c.item.Refused == nil {
			records, written = append(records, c.record()), append(written, c)
		}
	}
	err := s.upsert(ctx, records)
	if !errors.Is(err, eyeshot.ErrInvalid) {
		return err
	}
	for i, c := range written {
		err := s.upsert(ctx, records[i:i+1])
		if errors.Is(err, eyeshot.ErrInvalid) {
			c.refuse(connectors.Refuse(connectors.BadContent, err))
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *session) upsert(ctx context.Context, records []store.Record) error {
	if len(records) == 0 {
		return nil
	}
	if err := s.config.Store.Upsert(ctx, s.name, records); err != nil {
		return fmt.Errorf("write content to the store: %w", err)
	}
	return nil
}

func (c *change) record() store.Record {
	doc := &c.item.Document
	return store.Record{
		Object: doc.Object, Title: doc.Title, URL: doc.URL, Metadata: doc.Metadata,
		UpdatedAt: doc.UpdatedAt, Hash: c.hash, Chunks: c.chunks,
	}
}

func entriesOf(changes []*change) []*entry {
	out := make([]*entry, len(changes))
	for i, c := range changes {
		out[i] = c.entry
	}
	return out
}

// count adds what became of the lot to its report.
func (l *lot) count(changes []*change, most int) {
	for _, e := range l.entries {
		if e.item.Refused != nil {
			l.report.refused(e, most)
		}
	}
	for _, c := range changes {
		if c.held {
			l.report.Held++
		}
		if c.item.Refused != nil {
			if c.known {
				l.report.Withdrawn++
			}
			continue
		}
		if c.absent {
			l.report.Skipped++
			continue
		}
		if c.takeOut && !c.content {
			l.report.Evicted++
		}
		l.report.RelationshipsAdded += len(c.added)
		l.report.RelationshipsRemoved += len(c.removed)
		if c.content {
			l.report.Written++
			l.report.Chunks += len(c.chunks)
		} else {
			l.report.Unchanged++
		}
	}
	slices.SortStableFunc(l.report.Problems, func(a, b Problem) int { return a.Index - b.Index })
}

// applied tells what became of the lot's documents.
func (l *lot) applied(changes []*change) []Applied {
	out := make([]Applied, 0, len(l.entries))
	for _, e := range l.entries {
		if e.item.Refused != nil && e.object() != "" && !e.foreign {
			out = append(out, Applied{Object: e.object(), Refused: e.item.Refused.Kind})
		}
	}
	for _, c := range changes {
		if c.item.Refused != nil {
			continue
		}
		out = append(out, Applied{
			Object: c.object(), UpdatedAt: c.item.Document.UpdatedAt, Known: c.known, Absent: c.absent,
			Content: c.content, RelationshipsChanged: len(c.added) + len(c.removed),
		})
	}
	return out
}
