package app

import (
	"context"
	"fmt"
	"os"

	"github.com/eyeshot-dev/eyeshot"
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
	driver, err := OpenStore(ctx, a.Config, a.dir.path)
	if err != nil {
		return err
	}
	a.closing(driver.Close)
	if a.options.wrapStore != nil {
		driver = a.options.wrapStore(driver)
	}
	a.Store = store.NewService(driver, a.Metrics)
	return nil
}

// OpenStore opens the configured store; dir is where the embedded one has its
// file. The caller closes it.
func OpenStore(ctx context.Context, cfg config.Config, dir string) (store.Driver, error) {
	switch cfg.Store.Kind {
	case "embedded":
		driver, err := embedded.Open(ctx, embedded.Config{Dir: dir})
		if err != nil {
			return nil, fmt.Errorf("opening the index: %w", err)
		}
		return driver, nil
	case "pgvector":
		return openPgvector(ctx, cfg.Store.Pgvector)
	case "qdrant":
		return openQdrant(ctx, cfg.Store.Qdrant)
	}
	return nil, eyeshot.Invalid("store.kind", cfg.Store.Kind, "must be embedded, pgvector or qdrant")
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
