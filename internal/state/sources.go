package state

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
)

// AddSource remembers the configuration of a source, JSON without secrets. One
// of the name that is there already is [eyeshot.ErrConflict].
func (d *DB) AddSource(ctx context.Context, tenant, name string, config []byte) error {
	return d.change(ctx, "add a source", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "INSERT INTO sources (name, tenant, config) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", name, tenant, string(config))
		return onlyIfChanged(done, err, fmt.Errorf("%w: a source %q is there already", eyeshot.ErrConflict, name))
	})
}

// Sources returns the configurations of all sources that were added, by name.
func (d *DB) Sources(ctx context.Context) (configs [][]byte, err error) {
	rows, err := d.db.Read.QueryContext(ctx, "SELECT config FROM sources ORDER BY name")
	if err != nil {
		return nil, wrapped("list sources", err)
	}
	defer rows.Close()
	for rows.Next() {
		var config string
		if err := rows.Scan(&config); err != nil {
			return nil, wrapped("list sources", err)
		}
		configs = append(configs, []byte(config))
	}
	return configs, wrapped("list sources", rows.Err())
}

// SampleObjects returns up to limit objects of a source behind one, in order.
func (d *DB) SampleObjects(ctx context.Context, tenant, source string, behind eyeshot.Object, limit int) ([]eyeshot.Object, error) {
	return d.objects(ctx, "SELECT DISTINCT object FROM owned WHERE tenant = ? AND source = ? AND object > ? ORDER BY object LIMIT ?", tenant, source, behind, limit)
}
