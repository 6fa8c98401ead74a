package indexer

import (
	"context"
	"iter"
	"time"

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
	// Containers are the same as a stream, of any size, in the place of Access.
	// An error in it ends the run before anything is changed.
	Containers iter.Seq2[eyeshot.Relationship, error]
	// Guard, where it is set, is asked before anything is opened further.
	Guard Guard
	// MustEnd: Items end with an item whose End is set, or they were cut short:
	// the run fails with [eyeshot.ErrUnavailable] and saves no end.
	MustEnd bool
	// Reading, where it is set, is the name under which the objects that were
	// told are recorded, over several runs. Where the last one ends as complete,
	// documents of the source that were not told are deleted.
	Reading string
	// Checkpoint is the name under which checkpoints are saved; "" for the
	// source's own, which is removed at the end. "-" is for none.
	Checkpoint string
	// Applied, where it is set, is told what became of a lot, once it holds and
	// before the checkpoint moves behind it. Its error ends the run.
	Applied func(context.Context, []Applied) error
	// Progress, where it is set, is called after each lot with the report so
	// far, from one goroutine at a time.
	Progress func(Report)
}

// Applied is what became of a document.
type Applied struct {
	Object               eyeshot.Object
	UpdatedAt            time.Time // as the source says
	Known                bool      // it was indexed before
	Content              bool      // it has new content
	RelationshipsChanged int
	Deleted              bool
	Absent               bool            // its permissions alone were told, and it is not indexed
	Refused              connectors.Kind // why nobody reads it, or ""
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
	if run.HasAccess && run.Containers == nil {
		run.Containers = listed(run.Access)
	}
	if err := s.beginAccess(ctx, run, &report); err != nil {
		return report.clone(), err
	}
	if err := s.pipeline(ctx, run, &report); err != nil {
		return report.clone(), err
	}
	return s.finish(ctx, run, &report)
}

// pipeline reads, prepares and applies, each in a goroutine of its own and in
// the order of the source.
func (s *session) pipeline(ctx context.Context, run Run, report *Report) error {
	var end Report
	group, ctx := errgroup.WithContext(ctx)
	read, prepared := make(chan *lot), make(chan *lot)
	group.Go(func() error {
		defer close(read)
		return s.lots(ctx, run.Items, &end, func(l *lot) error { return send(ctx, read, l) })
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
	err := group.Wait()
	report.End, report.Next = end.End, end.Next
	return err
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
	applied, err := s.apply(ctx, l, run.Guard)
	if err != nil {
		return err
	}
	report.merge(l.report, s.config.MaxProblems)
	if run.Applied != nil {
		if err := run.Applied(ctx, applied); err != nil {
			return err
		}
	}
	if err := s.remember(ctx, l, run); err != nil {
		return err
	}
	if run.Progress != nil {
		run.Progress(report.clone())
	}
	return nil
}
