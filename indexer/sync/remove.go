package sync

import (
	"context"
	"iter"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
)

// keyRemoval is only the name of a reading: of a source that has nothing.
const keyRemoval = "removal"

// Remove takes away all that a source has in a tenant: its documents, the
// relationships that it wrote, and what is remembered of its syncs. What others
// wrote stays. It takes no connector, as the source may be gone, and may be
// repeated after any failure; the caller sees to it that no sync of the source
// runs. progress, which may be nil, is told how many documents are gone.
func (s *Syncer) Remove(ctx context.Context, tenant, source string, progress func(documents int)) (Report, error) {
	var report Report
	if err := s.config.State.Unsee(ctx, tenant, key(source, keyRemoval)); err != nil {
		return report, err
	}
	applied := func(_ context.Context, gone []indexer.Applied) error {
		if report.Seen += len(gone); progress != nil {
			progress(report.Seen)
		}
		return nil
	}
	// SECURITY: documents go before groups and projects: with a "but not" in the
	// model, a group that is gone may let somebody in.
	for _, containers := range []iter.Seq2[eyeshot.Relationship, error]{nil, func(func(eyeshot.Relationship, error) bool) {}} {
		done, err := s.config.Indexer.Run(ctx, tenant, source, indexer.Run{
			Items: nothing, Containers: containers, MustEnd: true, Reading: key(source, keyRemoval), Checkpoint: "-", Applied: applied,
		})
		report.Deleted += done.Deleted
		report.TuplesRemoved += done.RelationshipsRemoved
		if err != nil {
			return report, err
		}
	}
	return report, s.config.State.ForgetSource(ctx, tenant, source)
}

// nothing is what a source tells that has no documents.
func nothing(yield func(connectors.Item, error) bool) {
	yield(connectors.Item{End: connectors.Complete}, nil)
}
