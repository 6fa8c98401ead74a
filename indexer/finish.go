package indexer

import (
	"context"
	"fmt"
	"iter"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

func listed(relationships []eyeshot.Relationship) iter.Seq2[eyeshot.Relationship, error] {
	return func(yield func(eyeshot.Relationship, error) bool) {
		for _, r := range relationships {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// beginAccess reads the whole of the source's access and takes away what it no
// longer gives.
func (s *session) beginAccess(ctx context.Context, run Run, report *Report) (err error) {
	if run.Containers == nil {
		return nil
	}
	if err := s.stageAccess(ctx, run.Containers); err != nil {
		return err
	}
	if report.Held, err = s.reviewAccess(ctx, run.Guard); err != nil {
		return err
	}
	report.RelationshipsRemoved, err = s.narrowAccess(ctx)
	return err
}

// finish deletes what a complete reading did not tell, and adds what the
// source's access gives now.
func (s *session) finish(ctx context.Context, run Run, report *Report) (Report, error) {
	// SECURITY: what was cut short says nothing about what it did not tell.
	if run.MustEnd && report.End == "" {
		return report.clone(), fmt.Errorf("%w: the source's listing ended without saying that it was whole", eyeshot.ErrUnavailable)
	}
	if run.Reading != "" && report.End == connectors.Complete {
		if err := s.deleteUnseen(ctx, run, report); err != nil {
			return report.clone(), err
		}
	}
	if run.Containers != nil {
		added, err := s.widenAccess(ctx)
		report.RelationshipsAdded += added
		if err != nil {
			return report.clone(), err
		}
	}
	if run.Checkpoint != "" {
		return report.clone(), nil
	}
	return report.clone(), s.config.State.SaveCheckpoint(ctx, s.name, s.source, "")
}

// remember records what was told and moves the checkpoint behind it, in this
// order: what is told again by the next run does no harm, what is not told
// again must have been recorded.
func (s *session) remember(ctx context.Context, l *lot, run Run) error {
	if run.Reading != "" {
		if err := s.config.State.See(ctx, s.name, run.Reading, l.told()); err != nil {
			return err
		}
	}
	name := run.Checkpoint
	if name == "" {
		name = s.source
	}
	if l.checkpoint == "" || name == "-" {
		return nil
	}
	return s.config.State.SaveCheckpoint(ctx, s.name, name, l.checkpoint)
}

// told lists the objects of a lot that are there, readable or not.
func (l *lot) told() []eyeshot.Object {
	out := []eyeshot.Object{}
	for _, e := range l.entries {
		if e.object() != "" && !e.foreign && !e.item.Deleted {
			out = append(out, e.object())
		}
	}
	return out
}
