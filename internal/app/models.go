package app

import (
	"context"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
)

// checkModels fails where a tenant's index was made with another embedding model
// than the one that is configured: a query's vector could not be compared with
// those of the passages, and searches would rank by noise without a word.
func (a *App) checkModels(ctx context.Context) error {
	names, err := a.Tenants.Names(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		stats, err := a.Store.Stats(ctx, name)
		if err != nil {
			return fmt.Errorf("looking up the embedding model of tenant %q: %w", name, err)
		}
		if have := stats.Model.Name; have != "" && have != a.embedder.Name() {
			return fmt.Errorf("%w: the index of tenant %q was made with the embedding model %s, and %s is configured: configure the former, "+
				"or drop the index and ingest all of the tenant's sources again (eyeshot ingest --reindex; permissions stay)",
				eyeshot.ErrConflict, name, have, a.embedder.Name())
		}
	}
	return nil
}
