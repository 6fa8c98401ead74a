package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/eyeshot-dev/eyeshot/internal/sqlitedb"
)

// Checkpoint returns where the last run of a source goes on, in the source's
// own words, or "" where it came to its end.
func (d *DB) Checkpoint(ctx context.Context, tenant, source string) (string, error) {
	var value string
	err := d.db.Read.QueryRowContext(ctx, "SELECT value FROM checkpoints WHERE tenant = ? AND source = ?", tenant, source).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("state file: read a checkpoint: %w", sqlitedb.Classify(err))
	}
	return value, nil
}

// SaveCheckpoint replaces the checkpoint of a source; "" removes it.
func (d *DB) SaveCheckpoint(ctx context.Context, tenant, source, value string) error {
	return d.change(ctx, "save a checkpoint", func(tx *sql.Tx) error {
		if value == "" {
			_, err := tx.ExecContext(ctx, "DELETE FROM checkpoints WHERE tenant = ? AND source = ?", tenant, source)
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO checkpoints (tenant, source, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
			tenant, source, value)
		return err
	})
}

// ForgetCheckpoints removes the checkpoints of all sources of a tenant.
func (d *DB) ForgetCheckpoints(ctx context.Context, tenant string) error {
	return d.change(ctx, "forget a tenant's checkpoints", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM checkpoints WHERE tenant = ?", tenant)
		return err
	})
}
