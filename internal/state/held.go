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

// Held is what a source wanted to open further than was believed without
// asking: an object keeps the permissions that both before and after agree on
// until an admin approves.
type Held struct {
	Object   eyeshot.Object `json:"object"`
	Digest   string         `json:"-"` // of what was to be added
	Reason   string         `json:"reason"`
	Before   int            `json:"before"` // people; -1: everyone
	After    int            `json:"after"`
	Since    time.Time      `json:"since"`
	Approved string         `json:"approved_by,omitempty"`
}

// Hold records that an object is held back. What is held already with the same
// digest stays as it is, its approval included.
func (d *DB) Hold(ctx context.Context, tenant, source string, h Held) error {
	return d.change(ctx, "hold back", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO held (tenant, source, object, digest, reason, before, after, since, approved) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '')
ON CONFLICT DO UPDATE SET digest = excluded.digest, reason = excluded.reason, before = excluded.before, after = excluded.after, since = excluded.since, approved = ''
WHERE digest <> excluded.digest`, tenant, source, h.Object, h.Digest, h.Reason, h.Before, h.After, h.Since.UTC().Format(time.RFC3339Nano))
		return err
	})
}

// Release forgets that objects are held back.
func (d *DB) Release(ctx context.Context, tenant, source string, objects []eyeshot.Object) error {
	list, err := asJSON(objects)
	if err != nil {
		return err
	}
	return d.change(ctx, "release", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM held WHERE tenant = ? AND source = ? AND object IN (SELECT value FROM json_each(?))", tenant, source, list)
		return err
	})
}

// Approve lets the source open an object as it wanted to when it was held back;
// [eyeshot.ErrNotFound] where it is not.
func (d *DB) Approve(ctx context.Context, tenant, source string, object eyeshot.Object, by string) error {
	return d.change(ctx, "approve", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "UPDATE held SET approved = ? WHERE tenant = ? AND source = ? AND object = ?", by, tenant, source, object)
		return onlyIfChanged(done, err, fmt.Errorf("%s is not held back: %w", object, eyeshot.ErrNotFound))
	})
}

const heldColumns = "object, digest, reason, before, after, since, approved"

// Held lists what is held back of a source, by object.
func (d *DB) Held(ctx context.Context, tenant, source string) (out []Held, err error) {
	rows, err := d.db.Read.QueryContext(ctx, "SELECT "+heldColumns+" FROM held WHERE tenant = ? AND source = ? ORDER BY object", tenant, source)
	if err != nil {
		return nil, wrapped("list what is held back", err)
	}
	defer rows.Close()
	for rows.Next() {
		h, err := scanHeld(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, wrapped("list what is held back", rows.Err())
}

// HeldOn returns what is held back on an object; found is false for nothing.
func (d *DB) HeldOn(ctx context.Context, tenant, source string, object eyeshot.Object) (h Held, found bool, err error) {
	h, err = scanHeld(d.db.Read.QueryRowContext(ctx, "SELECT "+heldColumns+" FROM held WHERE tenant = ? AND source = ? AND object = ?", tenant, source, object))
	if errors.Is(err, sql.ErrNoRows) {
		return Held{}, false, nil
	}
	return h, err == nil, err
}

func scanHeld(row interface{ Scan(...any) error }) (Held, error) {
	var h Held
	var since string
	err := row.Scan(&h.Object, &h.Digest, &h.Reason, &h.Before, &h.After, &since, &h.Approved)
	if errors.Is(err, sql.ErrNoRows) {
		return h, err
	}
	if err == nil {
		h.Since, err = time.Parse(time.RFC3339Nano, since)
	}
	return h, wrapped("read what is held back", err)
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("state file: %s: %w", what, sqlitedb.Classify(err))
}
