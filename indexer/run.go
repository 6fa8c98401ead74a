package indexer

import (
	"context"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Run is one reading of a source.
type Run struct {
	// Items are what the source tells, in its order.
	Items iter.Seq2[connectors.Item, error]
	// Access are all relationships of the groups, projects, levels and folders
	// that the source's documents refer to. What an earlier run had and this
	// one has not is removed. They belong to the source under a name of its
	// own, and are left as they are where HasAccess is false.
	Access    []eyeshot.Relationship
	HasAccess bool
	// Progress, where it is set, is called after each lot with the report so
	// far, from one goroutine at a time.
	Progress func(Report)
}

// Upsert brings documents of a source in: new ones, changed ones, and ones that
// are as they were. What a document was before is replaced, its relationships
// included; those that others wrote on it stay. A document that cannot be taken
// is refused as a whole and named in the report; if it was there before, it is
// withdrawn. Of two about one object the last counts.
//
// The steps for each lot of documents:
//
//  1. the relationships and the content of refused documents are taken away;
//  2. the state records what is about to be added and removed;
//  3. removed relationships leave OpenFGA;
//  4. content that has changed, of documents that get new relationships,
//     leaves the store (before step 3 where the model has a "but not");
//  5. added relationships enter OpenFGA;
//  6. the state records that both are done;
//  7. new and changed content enters the store.
//
// An error stops the call after any of them; it can be repeated, with the same
// documents or with later ones. Errors wrap [eyeshot.ErrUnavailable] where a
// retry may help, [eyeshot.ErrConflict] where the index was made with another
// embedding model, and [eyeshot.ErrInvalid] for a bad source name.
func (ix *Indexer) Upsert(ctx context.Context, tenant, source string, documents []eyeshot.Document) (Report, error) {
	items := make([]connectors.Item, len(documents))
	for i, doc := range documents {
		items[i] = connectors.Item{Document: doc}
	}
	return ix.UpsertItems(ctx, tenant, source, items)
}

// Run reads a source to its end, lot by lot as [Indexer.Upsert] has it, and
// prepares each lot beside the one before. Memory is bounded by the size of a
// few lots.
//
// Access that the source no longer gives is removed before its documents are
// read, and access that is new is added when all of them are in: in between,
// who is in a group or a project is what both before and after agree on, so no
// new member meets a document that is about to move elsewhere.
//
// The checkpoint is saved after each lot and removed at the end. The report
// tells what was done up to an error, too.
func (ix *Indexer) Run(ctx context.Context, tenant, source string, run Run) (Report, error) {
	var report Report
	s, err := ix.open(ctx, tenant, source)
	if err != nil {
		return report, err
	}
	if err := s.prepareStore(ctx); err != nil {
		return report, err
	}
	if run.HasAccess {
		if err := s.rules.access(run.Access); err != nil {
			return report, err
		}
		if report.RelationshipsRemoved, err = s.narrowAccess(ctx, run.Access); err != nil {
			return report, err
		}
	}
	if err := s.pipeline(ctx, run, &report); err != nil {
		return report.clone(), err
	}
	if run.HasAccess {
		added, err := s.widenAccess(ctx, run.Access)
		report.RelationshipsAdded += added
		if err != nil {
			return report.clone(), err
		}
	}
	return report.clone(), ix.config.State.SaveCheckpoint(ctx, tenant, source, "")
}

// pipeline reads, prepares and applies, each in a goroutine of its own and in
// the order of the source.
func (s *session) pipeline(ctx context.Context, run Run, report *Report) error {
	group, ctx := errgroup.WithContext(ctx)
	read, prepared := make(chan *lot), make(chan *lot)
	group.Go(func() error {
		defer close(read)
		return s.lots(ctx, run.Items, func(l *lot) error { return send(ctx, read, l) })
	})
	group.Go(func() error {
		defer close(prepared)
		for l := range read {
			if err := s.prepare(ctx, l); err != nil {
				return err
			}
			if err := send(ctx, prepared, l); err != nil {
				return err
			}
		}
		return nil
	})
	group.Go(func() error {
		for l := range prepared {
			if err := s.bringIn(ctx, l, run, report); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

func send(ctx context.Context, to chan<- *lot, l *lot) error {
	select {
	case to <- l:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// bringIn applies a lot and, when it is in, moves the checkpoint behind it.
func (s *session) bringIn(ctx context.Context, l *lot, run Run, report *Report) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.apply(ctx, l); err != nil {
		return err
	}
	report.merge(l.report, s.config.MaxProblems)
	if l.checkpoint != "" {
		if err := s.config.State.SaveCheckpoint(ctx, s.name, s.source, l.checkpoint); err != nil {
			return err
		}
	}
	if run.Progress != nil {
		run.Progress(report.clone())
	}
	return nil
}
