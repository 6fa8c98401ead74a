package app

import (
	"context"
	"fmt"
	"os"

	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
	"github.com/eyeshot-dev/eyeshot/internal/embed/openai"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded"
)

// openContent opens the store.
func (a *App) openContent(ctx context.Context) error {
	driver, err := embedded.Open(ctx, embedded.Config{Dir: a.dir.path})
	if err != nil {
		return fmt.Errorf("opening the index: %w", err)
	}
	a.closing(driver.Close)
	var wrapped store.Driver = driver
	if a.options.wrapStore != nil {
		wrapped = a.options.wrapStore(driver)
	}
	a.Store = store.NewService(wrapped, a.Metrics)
	return nil
}

func newIndexer(a *App) (*indexer.Indexer, error) {
	return indexer.New(indexer.Config{
		Tenants: func(ctx context.Context, name string) (indexer.Tenant, error) {
			tenant, err := a.Tenants.Tenant(ctx, name)
			if err != nil {
				return nil, err // a nil *Tenant must not become a non-nil interface
			}
			return tenant, nil
		},
		Store: a.indexStore(), Embedder: a.embedder, State: a.State, DocumentTypes: policyOf(a.Config.Authz).Types(),
		MaxProblems: max(1000, a.Config.HTTP.MaxDocuments), // an upsert's answer names each document that was refused
	})
}

// newEmbedder opens the configured embedding model. A key is read from the
// environment each time, and never kept.
func newEmbedder(cfg config.Embedding) (embed.Embedder, error) {
	switch cfg.Kind {
	case "model2vec":
		return static.LoadDir(cfg.Path)
	case "openai":
		return openai.New(openai.Config{
			BaseURL: cfg.URL, Model: cfg.Model, Dimension: cfg.Dimension, Batch: cfg.Batch, Timeout: cfg.Timeout,
		}, func() string { return os.Getenv(cfg.KeyEnv) })
	}
	return static.BuiltIn()
}
