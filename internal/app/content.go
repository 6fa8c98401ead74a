package app

import (
	"context"
	"fmt"
	"os"

	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
	"github.com/eyeshot-dev/eyeshot/internal/embed/openai"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded"
)

// openContent opens the store.
func (a *App) openContent(ctx context.Context) error {
	driver, err := embedded.Open(ctx, a.dir.path)
	if err != nil {
		return fmt.Errorf("opening the index: %w", err)
	}
	a.Store = store.NewService(driver, a.Metrics)
	a.closing(a.Store.Close)
	return nil
}

func newEmbedder(cfg config.Embedding) (embed.Embedder, error) {
	switch cfg.Kind {
	case "model2vec":
		return static.LoadDir(cfg.Path)
	case "openai":
		key := ""
		if cfg.KeyEnv != "" {
			key = os.Getenv(cfg.KeyEnv)
		}
		return openai.New(openai.Config{
			BaseURL: cfg.URL, Model: cfg.Model, Dimension: cfg.Dimension, Batch: cfg.Batch, Timeout: cfg.Timeout,
		}, key)
	}
	return static.BuiltIn()
}
