package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/sqlitedb"
)

// Tenant says where a tenant's permissions are.
type Tenant struct {
	Name      string
	StoreID   string // of its OpenFGA store
	ModelID   string // of the authorization model that was written last; may be ""
	CreatedAt time.Time
}

const tenantColumns = "name, store_id, model_id, created_at"

// Tenant returns a tenant, or [eyeshot.ErrNotFound].
func (d *DB) Tenant(ctx context.Context, name string) (Tenant, error) {
	row := d.db.Read.QueryRowContext(ctx, "SELECT "+tenantColumns+" FROM tenants WHERE name = ?", name)
	tenant, err := scanTenant(row)
	if errors.Is(err, sql.ErrNoRows) {
		return Tenant{}, fmt.Errorf("tenant %q: %w", name, eyeshot.ErrNotFound)
	}
	return tenant, err
}

// Tenants lists all tenants by name.
func (d *DB) Tenants(ctx context.Context) ([]Tenant, error) {
	rows, err := d.db.Read.QueryContext(ctx, "SELECT "+tenantColumns+" FROM tenants ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("state file: list tenants: %w", sqlitedb.Classify(err))
	}
	defer rows.Close()
	var out []Tenant
	for rows.Next() {
		tenant, err := scanTenant(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, tenant)
	}
	return out, sqlitedb.Classify(rows.Err())
}

// AddTenant remembers a new tenant. One of the name that is there already is
// [eyeshot.ErrConflict], so that two processes never give one tenant two stores.
func (d *DB) AddTenant(ctx context.Context, tenant Tenant) error {
	if tenant.Name == "" || tenant.StoreID == "" {
		return eyeshot.Invalid("tenant", tenant.Name, "must have a name and the id of its OpenFGA store")
	}
	return d.change(ctx, "add a tenant", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "INSERT INTO tenants ("+tenantColumns+") VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
			tenant.Name, tenant.StoreID, tenant.ModelID, tenant.CreatedAt.UTC().Format(time.RFC3339Nano))
		return onlyIfChanged(done, err, fmt.Errorf("%w: tenant %q exists already", eyeshot.ErrConflict, tenant.Name))
	})
}

// SetModel remembers which authorization model the tenant's store has now.
func (d *DB) SetModel(ctx context.Context, tenant, modelID string) error {
	return d.change(ctx, "set a tenant's model", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "UPDATE tenants SET model_id = ? WHERE name = ?", modelID, tenant)
		return onlyIfChanged(done, err, fmt.Errorf("tenant %q: %w", tenant, eyeshot.ErrNotFound))
	})
}

// RemoveTenant forgets a tenant with all that is remembered of it.
func (d *DB) RemoveTenant(ctx context.Context, name string) error {
	return d.change(ctx, "remove a tenant", func(tx *sql.Tx) error {
		for _, statement := range []string{
			"DELETE FROM checkpoints WHERE tenant = ?", "DELETE FROM owned WHERE tenant = ?", "DELETE FROM staged WHERE tenant = ?",
			"DELETE FROM seen WHERE tenant = ?", "DELETE FROM held WHERE tenant = ?", "DELETE FROM syncs WHERE tenant = ?",
			"DELETE FROM deliveries WHERE tenant = ?", "DELETE FROM sources WHERE tenant = ?", "DELETE FROM tenants WHERE name = ?",
		} {
			if _, err := tx.ExecContext(ctx, statement, name); err != nil {
				return err
			}
		}
		return nil
	})
}

func onlyIfChanged(done sql.Result, err, otherwise error) error {
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if err == nil && n == 0 {
		return otherwise
	}
	return err
}

func scanTenant(row interface{ Scan(...any) error }) (Tenant, error) {
	var tenant Tenant
	var created string
	if err := row.Scan(&tenant.Name, &tenant.StoreID, &tenant.ModelID, &created); err != nil {
		return Tenant{}, sqlitedb.Classify(err)
	}
	at, err := time.Parse(time.RFC3339Nano, created)
	if err != nil {
		return Tenant{}, fmt.Errorf("%w: state file: the time of tenant %q is damaged", eyeshot.ErrConflict, tenant.Name)
	}
	tenant.CreatedAt = at
	return tenant, nil
}
