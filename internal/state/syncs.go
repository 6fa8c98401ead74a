package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// keepSyncs is how many records are kept of each source.
const keepSyncs = 200

// timeLayout sorts as text does.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// SaveSync keeps the record of a sync, JSON, replacing one of the same id, and
// forgets the oldest of the source beyond 200.
func (d *DB) SaveSync(ctx context.Context, tenant, source, id string, started time.Time, record []byte) error {
	return d.change(ctx, "save a sync", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO syncs (id, tenant, source, started, record) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record",
			id, tenant, source, started.UTC().Format(timeLayout), string(record))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM syncs WHERE tenant = ? AND source = ? AND id NOT IN
(SELECT id FROM syncs WHERE tenant = ? AND source = ? ORDER BY started DESC LIMIT ?)`, tenant, source, tenant, source, keepSyncs)
		return err
	})
}

// Sync returns the record of a tenant's sync, or [eyeshot.ErrNotFound].
func (d *DB) Sync(ctx context.Context, tenant, id string) ([]byte, error) {
	var record string
	err := d.db.Read.QueryRowContext(ctx, "SELECT record FROM syncs WHERE tenant = ? AND id = ?", tenant, id).Scan(&record)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("sync %q: %w", id, eyeshot.ErrNotFound)
	}
	return []byte(record), wrapped("read a sync", err)
}

// Syncs returns the records of a source's last syncs, latest first.
func (d *DB) Syncs(ctx context.Context, tenant, source string, limit int) (out [][]byte, err error) {
	rows, err := d.db.Read.QueryContext(ctx, "SELECT record FROM syncs WHERE tenant = ? AND source = ? ORDER BY started DESC LIMIT ?", tenant, source, limit)
	if err != nil {
		return nil, wrapped("list syncs", err)
	}
	defer rows.Close()
	for rows.Next() {
		var record string
		if err := rows.Scan(&record); err != nil {
			return nil, wrapped("list syncs", err)
		}
		out = append(out, []byte(record))
	}
	return out, wrapped("list syncs", rows.Err())
}

// Deliver records a webhook's delivery and reports whether it is new. What was
// delivered before old is forgotten.
func (d *DB) Deliver(ctx context.Context, tenant, source, id string, at, old time.Time) (fresh bool, err error) {
	err = d.change(ctx, "record a delivery", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM deliveries WHERE tenant = ? AND source = ? AND at < ?", tenant, source, old.Unix()); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, "INSERT INTO deliveries (tenant, source, id, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", tenant, source, id, at.Unix())
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		fresh = n > 0
		return err
	})
	return fresh && err == nil, err
}
