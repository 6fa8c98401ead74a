package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/sqlitedb"
)

// Owned is a relationship that a source has written, or was about to write or
// to remove when it was recorded: while it is Pending, OpenFGA may hold it or
// not. Every relationship that a source ever put into OpenFGA and has not taken
// out again is recorded, so none is ever without an owner.
type Owned struct {
	Relationship eyeshot.Relationship
	Source       string
	Pending      bool
}

// Owned returns what is recorded on the objects, by whichever source.
func (d *DB) Owned(ctx context.Context, tenant string, objects []eyeshot.Object) ([]Owned, error) {
	list, err := asJSON(objects)
	if err != nil {
		return nil, err
	}
	return d.owned(ctx, "WHERE tenant = ? AND object IN (SELECT value FROM json_each(?))", tenant, list)
}

// OwnedBy returns all that is recorded of one source.
func (d *DB) OwnedBy(ctx context.Context, tenant, source string) ([]Owned, error) {
	return d.owned(ctx, "WHERE tenant = ? AND source = ?", tenant, source)
}

func (d *DB) owned(ctx context.Context, where string, args ...any) (out []Owned, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("state file: read relationships: %w", sqlitedb.Classify(err))
		}
	}()
	rows, err := d.db.Read.QueryContext(ctx, "SELECT object, relation, subject, source, condition, pending FROM owned "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var o Owned
		var condition string
		r := &o.Relationship
		if err := rows.Scan(&r.Object, &r.Relation, &r.Subject, &o.Source, &condition, &o.Pending); err != nil {
			return nil, err
		}
		if condition != "" {
			if err := json.Unmarshal([]byte(condition), &r.Condition); err != nil {
				return nil, fmt.Errorf("%w: the condition of %s is damaged", eyeshot.ErrConflict, r)
			}
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// row is a relationship on its way into SQL.
type row struct {
	Object    eyeshot.Object  `json:"o"`
	Relation  string          `json:"r"`
	Subject   eyeshot.Subject `json:"s"`
	Condition string          `json:"c"`
}

func rowsOf(relationships []eyeshot.Relationship) (string, error) {
	rows := make([]row, len(relationships))
	for i, r := range relationships {
		rows[i] = row{Object: r.Object, Relation: r.Relation, Subject: r.Subject}
		if r.Condition != nil {
			encoded, err := json.Marshal(r.Condition)
			if err != nil {
				return "", eyeshot.Invalid("condition", r.Condition.Name, "has a context that is not JSON: "+err.Error())
			}
			rows[i].Condition = string(encoded)
		}
	}
	return asJSON(rows)
}

const insertOwned = `INSERT INTO owned (tenant, source, object, relation, subject, condition, pending)
SELECT ?, ?, value->>'o', value->>'r', value->>'s', value->>'c', ? FROM json_each(?) WHERE true
ON CONFLICT DO UPDATE SET condition = excluded.condition, pending = excluded.pending`

const deleteOwned = `DELETE FROM owned WHERE tenant = ? AND source = ? AND (object, relation, subject) IN
(SELECT value->>'o', value->>'r', value->>'s' FROM json_each(?))`

// Mark records, before OpenFGA is touched, what a source is about to write or
// to remove there.
//
// SECURITY: a relationship that is in OpenFGA without being recorded would
// never be taken out again.
func (d *DB) Mark(ctx context.Context, tenant, source string, relationships []eyeshot.Relationship) error {
	return d.change(ctx, "mark relationships", func(tx *sql.Tx) error {
		return put(ctx, tx, insertOwned, relationships, tenant, source, true)
	})
}

// Settle records, after OpenFGA was changed, what it holds now of what was
// marked: written is there, removed is not.
func (d *DB) Settle(ctx context.Context, tenant, source string, written, removed []eyeshot.Relationship) error {
	return d.change(ctx, "settle relationships", func(tx *sql.Tx) error {
		if err := put(ctx, tx, deleteOwned, removed, tenant, source); err != nil {
			return err
		}
		return put(ctx, tx, insertOwned, written, tenant, source, false)
	})
}

func put(ctx context.Context, tx *sql.Tx, statement string, relationships []eyeshot.Relationship, args ...any) error {
	if len(relationships) == 0 {
		return nil
	}
	rows, err := rowsOf(relationships)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, statement, append(args, rows)...)
	return err
}
