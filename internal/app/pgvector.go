package app

import (
	"context"
	"fmt"
	"os"

	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector"
)

// openPgvector opens the store in PostgreSQL. The connection string is read from
// the environment, and never kept in the configuration.
func openPgvector(ctx context.Context, cfg config.Pgvector) (store.Driver, error) {
	driver, err := pgvector.Open(ctx, pgvector.Config{
		DSN: os.Getenv(cfg.DSNEnv), Schema: cfg.Schema, PoolSize: cfg.PoolSize, StatementTimeout: cfg.StatementTimeout,
		IdleTimeout: cfg.IdleTimeout, EfSearch: cfg.EfSearch, IndexFrom: cfg.IndexFrom, RowSecurity: cfg.RowSecurity,
		Memory: int64(cfg.MemoryMB) << 20,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the store in PostgreSQL (%s): %w", cfg.DSNEnv, err)
	}
	return driver, nil
}
