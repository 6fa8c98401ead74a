package indexer

import (
	"context"

	"github.com/eyeshot-dev/eyeshot/connectors"
)

// UpsertItems is [Indexer.Upsert] for items, some of which may be refused
// already: those are named in the report like the others, and withdrawn where
// they were there before.
func (ix *Indexer) UpsertItems(ctx context.Context, tenant, source string, items []connectors.Item) (Report, error) {
	var report Report
	s, err := ix.open(ctx, tenant, source)
	if err != nil {
		return report, err
	}
	if err := s.prepareStore(ctx); err != nil {
		return report, err
	}
	each := func(yield func(connectors.Item, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
	err = s.pipeline(ctx, Run{Items: each}, &report)
	return report.clone(), err
}
