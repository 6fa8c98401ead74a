package state

import (
	"context"
	"database/sql"

	"github.com/eyeshot-dev/eyeshot"
)

// See records objects that a reading has told. It can be repeated.
func (d *DB) See(ctx context.Context, tenant, reading string, objects []eyeshot.Object) error {
	list, err := asJSON(objects)
	if err != nil {
		return err
	}
	return d.change(ctx, "record what was told", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO seen (tenant, reading, object) SELECT ?, ?, value FROM json_each(?)", tenant, reading, list)
		return err
	})
}

// Unsee forgets what a reading has told.
func (d *DB) Unsee(ctx context.Context, tenant, reading string) error {
	return d.change(ctx, "forget what was told", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM seen WHERE tenant = ? AND reading = ?", tenant, reading)
		return err
	})
}

// UnseeSome forgets some of it.
func (d *DB) UnseeSome(ctx context.Context, tenant, reading string, objects []eyeshot.Object) error {
	list, err := asJSON(objects)
	if err != nil {
		return err
	}
	return d.change(ctx, "forget what was told", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM seen WHERE tenant = ? AND reading = ? AND object IN (SELECT value FROM json_each(?))", tenant, reading, list)
		return err
	})
}

// Seen lists what is recorded under a reading.
func (d *DB) Seen(ctx context.Context, tenant, reading string) ([]eyeshot.Object, error) {
	return d.objects(ctx, "SELECT object FROM seen WHERE tenant = ? AND reading = ? ORDER BY object", tenant, reading)
}

// Unseen returns up to limit objects on which a source has relationships and
// which a reading has not told.
func (d *DB) Unseen(ctx context.Context, tenant, source, reading string, limit int) ([]eyeshot.Object, error) {
	return d.objects(ctx, `SELECT DISTINCT object FROM owned AS o WHERE tenant = ? AND source = ? AND NOT EXISTS
(SELECT 1 FROM seen AS s WHERE s.tenant = o.tenant AND s.reading = ? AND s.object = o.object) ORDER BY object LIMIT ?`, tenant, source, reading, limit)
}

// Objects counts the objects on which a source has relationships.
func (d *DB) Objects(ctx context.Context, tenant, source string) (int, error) {
	return d.count(ctx, "SELECT count(DISTINCT object) FROM owned WHERE tenant = ? AND source = ?", tenant, source)
}

// Siblings returns up to limit objects of a source that have the same relation
// to the same subject, such as tickets of one project.
func (d *DB) Siblings(ctx context.Context, tenant, source string, relation string, subject eyeshot.Subject, limit int) ([]eyeshot.Object, error) {
	return d.objects(ctx, "SELECT object FROM owned WHERE tenant = ? AND subject = ? AND relation = ? AND source = ? AND NOT pending LIMIT ?",
		tenant, subject, relation, source, limit)
}

// People counts the users that any relationship of the tenant names, recorded
// or staged. Those that no token can carry ("user:~…") do not count.
func (d *DB) People(ctx context.Context, tenant string) (int, error) {
	const users = " WHERE tenant = ? AND subject >= 'user:' AND subject < 'user;' AND subject <> 'user:*' AND subject NOT LIKE 'user:~%'"
	return d.count(ctx, "SELECT count(*) FROM (SELECT subject FROM owned"+users+" UNION SELECT subject FROM staged"+users+")", tenant, tenant)
}

func (d *DB) count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = d.db.Read.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, wrapped("count", err)
}
