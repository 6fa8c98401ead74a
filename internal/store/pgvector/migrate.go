package pgvector

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/eyeshot-dev/eyeshot"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to this version. Processes that start side by
// side wait for each other.
func migrate(ctx context.Context, config Config) error {
	if err := createSchema(ctx, config); err != nil {
		return err
	}
	parsed, err := poolConfig(config)
	if err != nil {
		return err
	}
	parsed.ConnConfig.RuntimeParams["statement_timeout"] = "0"
	db := stdlib.OpenDB(*parsed.ConnConfig)
	defer func() { _ = db.Close() }() // what was done is committed
	scripts, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, scripts, goose.WithSessionLocker(locker), goose.WithTableName("schema_version"))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", classify(err))
	}
	return up(ctx, provider)
}

func up(ctx context.Context, provider *goose.Provider) error {
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", classify(err))
	}
	if current > target {
		return fmt.Errorf("%w: the schema was written by a newer version of eyeshot (schema %d, this version knows up to %d): update eyeshot, or use another schema",
			eyeshot.ErrConflict, current, target)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the schema from %d to %d: %w", current, target, classify(err))
	}
	return nil
}

// createSchema makes what goose needs before its first migration. A role that
// may make neither finds both there.
func createSchema(ctx context.Context, config Config) error {
	conn, err := connect(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }() // nothing is under way
	var schema, extension bool
	err = conn.QueryRow(ctx, "SELECT to_regnamespace($1) IS NOT NULL, to_regtype('halfvec') IS NOT NULL", config.Schema).Scan(&schema, &extension)
	if err != nil {
		return fmt.Errorf("look for the schema: %w", classify(err))
	}
	if !schema {
		_, err = conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+config.Schema)
	}
	if !extension {
		_, extensionErr := conn.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public")
		err = errors.Join(err, extensionErr)
	}
	if err != nil {
		return fmt.Errorf("create the schema and the extension vector (0.7 or newer): %w", classify(err))
	}
	return nil
}
