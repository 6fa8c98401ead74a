package state

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
)

// Left is what there is of a source in one tenant, whether it is still
// configured or not.
type Left struct {
	Tenant, Source string
	Documents      int
	Relationships  int // those of groups and projects included
	HeldBack       int
}

// established ends the name of the checkpoint that a source has which was read
// by syncs; see package sync.
const established = "/established"

// Leavings tells in which tenants there is something of a source, and how much.
func (d *DB) Leavings(ctx context.Context, source string) (out []Left, err error) {
	const has = `SELECT t.name FROM tenants AS t WHERE EXISTS (SELECT 1 FROM owned WHERE tenant = t.name AND source IN (?1, ?1 || '/acl'))
OR EXISTS (SELECT 1 FROM held WHERE tenant = t.name AND source = ?1) OR EXISTS (SELECT 1 FROM syncs WHERE tenant = t.name AND source = ?1)
OR EXISTS (SELECT 1 FROM checkpoints WHERE tenant = t.name AND (source = ?1 OR substr(source, 1, length(?1) + 1) = ?1 || '/'))
UNION SELECT tenant FROM sources WHERE name = ?1 ORDER BY 1`
	tenants, err := d.objects(ctx, has, source)
	if err != nil {
		return nil, err
	}
	for _, tenant := range tenants {
		left, err := d.left(ctx, string(tenant), source)
		if err != nil {
			return nil, err
		}
		out = append(out, left)
	}
	return out, nil
}

func (d *DB) left(ctx context.Context, tenant, source string) (left Left, err error) {
	left.Tenant, left.Source = tenant, source
	if left.Documents, err = d.Objects(ctx, tenant, source); err != nil {
		return left, err
	}
	if left.Relationships, err = d.count(ctx, "SELECT count(*) FROM owned WHERE tenant = ? AND source IN (?, ?)", tenant, source, source+"/acl"); err != nil {
		return left, err
	}
	left.HeldBack, err = d.count(ctx, "SELECT count(*) FROM held WHERE tenant = ? AND source = ?", tenant, source)
	return left, err
}

// Synced lists the sources that syncs have read to their end once, configured
// or not.
func (d *DB) Synced(ctx context.Context) (out []Left, err error) {
	rows, err := d.db.Read.QueryContext(ctx, "SELECT tenant, substr(source, 1, length(source) - length(?1)) FROM checkpoints WHERE source LIKE '%' || ?1 ORDER BY 2, 1", established)
	if err != nil {
		return nil, wrapped("list what was synced", err)
	}
	defer rows.Close()
	for rows.Next() {
		var left Left
		if err := rows.Scan(&left.Tenant, &left.Source); err != nil {
			return nil, wrapped("list what was synced", err)
		}
		out = append(out, left)
	}
	return out, wrapped("list what was synced", rows.Err())
}

// DropSource forgets a source that was added, and nothing that it left.
func (d *DB) DropSource(ctx context.Context, tenant, name string) error {
	return d.change(ctx, "drop a source", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM sources WHERE tenant = ? AND name = ?", tenant, name)
		return err
	})
}

// ForgetSource forgets what was remembered of a source's syncs. While
// relationships of it are recorded it fails with [eyeshot.ErrConflict].
//
// SECURITY: the record of who wrote a relationship goes only with the
// relationship, or nobody would ever take it away.
func (d *DB) ForgetSource(ctx context.Context, tenant, name string) error {
	left, err := d.left(ctx, tenant, name)
	if err != nil {
		return err
	}
	if left.Relationships > 0 {
		return fmt.Errorf("%w: relationships of source %q are still there", eyeshot.ErrConflict, name)
	}
	return d.change(ctx, "forget a source", func(tx *sql.Tx) error {
		for _, statement := range []string{
			"DELETE FROM checkpoints WHERE tenant = ?1 AND (source = ?2 OR substr(source, 1, length(?2) + 1) = ?2 || '/')",
			"DELETE FROM seen WHERE tenant = ?1 AND substr(reading, 1, length(?2) + 1) = ?2 || '/'",
			"DELETE FROM staged WHERE tenant = ?1 AND source IN (?2, ?2 || '/acl')",
			"DELETE FROM held WHERE tenant = ?1 AND source = ?2", "DELETE FROM syncs WHERE tenant = ?1 AND source = ?2",
			"DELETE FROM deliveries WHERE tenant = ?1 AND source = ?2", "DELETE FROM sources WHERE tenant = ?1 AND name = ?2",
		} {
			if _, err := tx.ExecContext(ctx, statement, tenant, name); err != nil {
				return err
			}
		}
		return nil
	})
}
