package app

import (
	"context"
	"fmt"
	"os"

	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant"
)

// openQdrant opens the store in a Qdrant server. The API key is read from the
// environment each time, and never kept.
func openQdrant(ctx context.Context, cfg config.Qdrant) (store.Driver, error) {
	driver, err := qdrant.Open(ctx, qdrant.Config{
		Address: cfg.Address, Key: func() string { return os.Getenv(cfg.KeyEnv) }, TLS: cfg.TLS, CAFile: cfg.CAFile,
		Timeout: cfg.Timeout, AnyVersion: cfg.AnyVersion, Prefix: cfg.Prefix, PerTenant: cfg.PerTenant,
		EF: cfg.EF, Exact: cfg.Exact, Oversampling: cfg.Oversampling,
		Layout: qdrant.Layout{
			Quantization: cfg.Quantization, OnDiskVectors: cfg.OnDiskVectors, OnDiskPayload: cfg.OnDiskPayload, OnDiskIndexes: cfg.OnDiskIndexes,
			M: cfg.M, EFConstruct: cfg.EFConstruct, Shards: cfg.Shards, Replicas: cfg.Replicas, NumberMetadata: cfg.NumberKeys,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("opening the store in Qdrant: %w", err)
	}
	return driver, nil
}
