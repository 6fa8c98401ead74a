package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/sqlitedb"
)

// Relationships that a source is about to own are staged while they are read,
// so that a group of any size is compared with what is recorded without being
// in memory. What is staged says nothing yet about what OpenFGA holds.

const insertStaged = `INSERT INTO staged (tenant, source, object, relation, subject, condition)
SELECT ?, ?, value->>'o', value->>'r', value->>'s', value->>'c' FROM json_each(?) WHERE true
ON CONFLICT DO UPDATE SET condition = excluded.condition`

// Stage adds to what is staged for a source.
func (d *DB) Stage(ctx context.Context, tenant, source string, relationships []eyeshot.Relationship) error {
	return d.change(ctx, "stage relationships", func(tx *sql.Tx) error {
		return put(ctx, tx, insertStaged, relationships, tenant, source)
	})
}

// Unstage forgets some of what is staged for a source, or with nil all of it.
func (d *DB) Unstage(ctx context.Context, tenant, source string, relationships []eyeshot.Relationship) error {
	return d.change(ctx, "forget staged relationships", func(tx *sql.Tx) error {
		if relationships == nil {
			_, err := tx.ExecContext(ctx, "DELETE FROM staged WHERE tenant = ? AND source = ?", tenant, source)
			return err
		}
		const some = `DELETE FROM staged WHERE tenant = ? AND source = ? AND (object, relation, subject) IN
(SELECT value->>'o', value->>'r', value->>'s' FROM json_each(?))`
		return put(ctx, tx, some, relationships, tenant, source)
	})
}

// toAdd is what is staged and not recorded as being there just so.
const toAdd = `FROM staged AS n LEFT JOIN owned AS o USING (tenant, source, object, relation, subject)
WHERE n.tenant = ? AND n.source = ? AND (o.tenant IS NULL OR o.pending OR o.condition <> n.condition)`

// NotStaged returns up to limit of what is recorded of a source and is staged no
// longer, in the order of objects.
func (d *DB) NotStaged(ctx context.Context, tenant, source string, limit int) ([]eyeshot.Relationship, error) {
	return d.relationships(ctx, `SELECT object, relation, subject, condition FROM owned AS o WHERE tenant = ? AND source = ? AND NOT EXISTS
(SELECT 1 FROM staged AS n WHERE n.tenant = o.tenant AND n.source = o.source AND n.object = o.object AND n.relation = o.relation AND n.subject = o.subject)
ORDER BY object LIMIT ?`, tenant, source, limit)
}

// NotOwned returns up to limit of what is staged for a source and not recorded
// as being there just so, in the order of keys and behind one of them.
func (d *DB) NotOwned(ctx context.Context, tenant, source string, behind eyeshot.RelationshipKey, limit int) ([]eyeshot.Relationship, error) {
	return d.relationships(ctx, "SELECT n.object, n.relation, n.subject, n.condition "+toAdd+
		" AND (n.object, n.relation, n.subject) > (?, ?, ?) ORDER BY n.object, n.relation, n.subject LIMIT ?",
		tenant, source, behind.Object, behind.Relation, behind.Subject, limit)
}

// NotOwnedOn is [DB.NotOwned] for one object, without a limit.
func (d *DB) NotOwnedOn(ctx context.Context, tenant, source string, object eyeshot.Object) ([]eyeshot.Relationship, error) {
	return d.relationships(ctx, "SELECT n.object, n.relation, n.subject, n.condition "+toAdd+" AND n.object = ?", tenant, source, object)
}

// NotOwnedObjects lists the objects that [DB.NotOwned] has something on.
func (d *DB) NotOwnedObjects(ctx context.Context, tenant, source string) ([]eyeshot.Object, error) {
	return d.objects(ctx, "SELECT DISTINCT n.object "+toAdd+" ORDER BY n.object", tenant, source)
}

// Staged returns what is staged on one object.
func (d *DB) Staged(ctx context.Context, tenant, source string, object eyeshot.Object) ([]eyeshot.Relationship, error) {
	return d.relationships(ctx, "SELECT object, relation, subject, condition FROM staged WHERE tenant = ? AND source = ? AND object = ?", tenant, source, object)
}

func (d *DB) relationships(ctx context.Context, query string, args ...any) (out []eyeshot.Relationship, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("state file: read relationships: %w", sqlitedb.Classify(err))
		}
	}()
	rows, err := d.db.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r eyeshot.Relationship
		var condition string
		if err := rows.Scan(&r.Object, &r.Relation, &r.Subject, &condition); err != nil {
			return nil, err
		}
		if r.Condition, err = conditionOf(condition, r); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func conditionOf(text string, of eyeshot.Relationship) (*eyeshot.Condition, error) {
	if text == "" {
		return nil, nil
	}
	var condition *eyeshot.Condition
	if err := json.Unmarshal([]byte(text), &condition); err != nil {
		return nil, fmt.Errorf("%w: the condition of %s is damaged", eyeshot.ErrConflict, of)
	}
	return condition, nil
}

func (d *DB) objects(ctx context.Context, query string, args ...any) (out []eyeshot.Object, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("state file: read objects: %w", sqlitedb.Classify(err))
		}
	}()
	rows, err := d.db.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var object eyeshot.Object
		if err := rows.Scan(&object); err != nil {
			return nil, err
		}
		out = append(out, object)
	}
	return out, rows.Err()
}
