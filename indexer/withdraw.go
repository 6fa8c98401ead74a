package indexer

import (
	"context"

	"github.com/eyeshot-dev/eyeshot"
)

// Delete removes documents of a source: first the relationships that the source
// wrote, then the content. What is not there is no error; relationships that
// others wrote stay. It can be repeated after any failure.
func (ix *Indexer) Delete(ctx context.Context, tenant, source string, objects []eyeshot.Object) error {
	s, err := ix.open(ctx, tenant, source)
	if err != nil {
		return err
	}
	for _, object := range objects {
		if err := s.rules.own(object); err != nil {
			return err
		}
	}
	unlock, err := ix.locks.lock(ctx, tenant)
	if err != nil {
		return err
	}
	defer unlock()
	for start := 0; start < len(objects); start += ix.config.LotDocuments {
		if _, err := s.withdraw(ctx, objects[start:min(start+ix.config.LotDocuments, len(objects))]); err != nil {
			return err
		}
	}
	return nil
}

// deleteUnseen deletes the source's documents that a complete reading did not
// tell.
func (s *session) deleteUnseen(ctx context.Context, run Run, report *Report) error {
	for {
		n, err := s.deleteUnseenLot(ctx, run, report)
		if n == 0 || err != nil {
			return err
		}
		report.Deleted += n
	}
}

func (s *session) deleteUnseenLot(ctx context.Context, run Run, report *Report) (int, error) {
	unlock, err := s.locks.lock(ctx, s.name)
	if err != nil {
		return 0, err
	}
	defer unlock()
	objects, err := s.config.State.Unseen(ctx, s.name, s.source, run.Reading, s.config.LotDocuments)
	if err != nil || len(objects) == 0 {
		return 0, err
	}
	if run.Applied != nil { // before: what is deleted is not found here again
		applied := make([]Applied, len(objects))
		for i, object := range objects {
			applied[i] = Applied{Object: object, Known: true, Deleted: true}
		}
		if err := run.Applied(ctx, applied); err != nil {
			return 0, err
		}
	}
	removed, err := s.withdraw(ctx, objects)
	report.RelationshipsRemoved += removed
	return len(objects), err
}

// deleteTold deletes what the source says is gone.
func (s *session) deleteTold(ctx context.Context, l *lot) (applied []Applied, err error) {
	var objects []eyeshot.Object
	for _, e := range l.entries {
		if e.item.Deleted && e.object() != "" && !e.foreign {
			objects = append(objects, e.object())
		}
	}
	objects, err = s.present(ctx, objects)
	if err != nil || len(objects) == 0 {
		return nil, err
	}
	removed, err := s.withdraw(ctx, objects)
	l.report.Deleted += len(objects)
	l.report.RelationshipsRemoved += removed
	for _, object := range objects {
		applied = append(applied, Applied{Object: object, Known: true, Deleted: true})
	}
	return applied, err
}

// withdrawRefused sees to it that nobody reads a document that was refused.
//
// SECURITY: what the source says of it now is not understood, and may be that
// fewer people read it. So it loses what access it had, and its content.
func (s *session) withdrawRefused(ctx context.Context, entries []*entry) (withdrawn int, err error) {
	var objects []eyeshot.Object
	for _, e := range entries {
		if e.item.Refused != nil && e.object() != "" && !e.foreign {
			objects = append(objects, e.object())
		}
	}
	objects, err = s.present(ctx, objects)
	if err != nil || len(objects) == 0 {
		return 0, err
	}
	_, err = s.withdraw(ctx, objects)
	return len(objects), err
}

// present returns those of the objects that have content or relationships.
func (s *session) present(ctx context.Context, objects []eyeshot.Object) ([]eyeshot.Object, error) {
	if len(objects) == 0 {
		return nil, nil
	}
	owned, err := s.config.State.Owned(ctx, s.name, objects)
	if err != nil {
		return nil, err
	}
	hashes, err := s.config.Store.Hashes(ctx, s.name, objects)
	if err != nil {
		return nil, err
	}
	recorded := newLedger(s.source, owned)
	var out []eyeshot.Object
	for _, object := range objects {
		if _, stored := hashes[object]; stored || len(recorded.own[object]) > 0 {
			out = append(out, object)
		}
	}
	return out, nil
}

// withdraw takes the source's relationships on the objects out of OpenFGA, then
// their content out of the store, then forgets them.
func (s *session) withdraw(ctx context.Context, objects []eyeshot.Object) (relationships int, err error) {
	owned, err := s.config.State.Owned(ctx, s.name, objects)
	if err != nil {
		return 0, err
	}
	recorded := newLedger(s.source, owned)
	var removed []eyeshot.Relationship
	for _, object := range objects {
		removed = append(removed, recorded.diff(object, nil).removed...)
	}
	if len(removed) > 0 {
		// Marked, so that a run that stops here leaves no record that says they
		// are still there.
		if err := s.config.State.Mark(ctx, s.name, s.source, removed); err != nil {
			return 0, err
		}
	}
	// SECURITY: access goes before content.
	if err := s.take(ctx, recorded.deletable(removed), objects); err != nil {
		return 0, err
	}
	if len(removed) == 0 {
		return 0, nil
	}
	return len(removed), s.config.State.Settle(ctx, s.name, s.source, nil, removed)
}
