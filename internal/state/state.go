// Package state keeps what Eyeshot has to remember beside the relationships in
// OpenFGA and the content in a store: which OpenFGA store belongs to a tenant,
// which source wrote which relationship, and where an interrupted run goes on.
//
// It is a ledger, not a source of truth: nothing here ever answers whether
// somebody may read something.
package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/eyeshot-dev/eyeshot/internal/sqlitedb"
)

// DB is an open state file. It is safe for concurrent use. Errors are those of
// [sqlitedb.Classify]; a call that fails changed nothing.
type DB struct{ db *sqlitedb.DB }

const applicationID = 0x45594553 // "EYES"

var migrations = []string{`
CREATE TABLE tenants (
	name       TEXT PRIMARY KEY,
	store_id   TEXT NOT NULL,
	model_id   TEXT NOT NULL,
	created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE owned (
	tenant    TEXT NOT NULL,
	object    TEXT NOT NULL,
	relation  TEXT NOT NULL,
	subject   TEXT NOT NULL,
	source    TEXT NOT NULL,
	condition TEXT NOT NULL, -- JSON, or '' for none
	pending   INTEGER NOT NULL,
	PRIMARY KEY (tenant, object, relation, subject, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX owned_by_source ON owned (tenant, source, object);
CREATE TABLE checkpoints (
	tenant TEXT NOT NULL,
	source TEXT NOT NULL,
	value  TEXT NOT NULL,
	PRIMARY KEY (tenant, source)
) STRICT, WITHOUT ROWID;
`, `
-- What a source's access is to be, while it is being read.
CREATE TABLE staged (
	tenant    TEXT NOT NULL,
	source    TEXT NOT NULL,
	object    TEXT NOT NULL,
	relation  TEXT NOT NULL,
	subject   TEXT NOT NULL,
	condition TEXT NOT NULL,
	PRIMARY KEY (tenant, source, object, relation, subject)
) STRICT, WITHOUT ROWID;
-- What a reading that may end as complete has told so far.
CREATE TABLE seen (
	tenant  TEXT NOT NULL,
	reading TEXT NOT NULL,
	object  TEXT NOT NULL,
	PRIMARY KEY (tenant, reading, object)
) STRICT, WITHOUT ROWID;
CREATE TABLE held (
	tenant   TEXT NOT NULL,
	source   TEXT NOT NULL,
	object   TEXT NOT NULL,
	digest   TEXT NOT NULL, -- of the relationships that were to be added
	reason   TEXT NOT NULL,
	before   INTEGER NOT NULL, -- people; -1: everyone
	after    INTEGER NOT NULL,
	since    TEXT NOT NULL,
	approved TEXT NOT NULL, -- who did, or ''
	PRIMARY KEY (tenant, source, object)
) STRICT, WITHOUT ROWID;
CREATE TABLE syncs (
	id      TEXT PRIMARY KEY,
	tenant  TEXT NOT NULL,
	source  TEXT NOT NULL,
	started TEXT NOT NULL,
	record  TEXT NOT NULL  -- JSON
) STRICT, WITHOUT ROWID;
CREATE INDEX syncs_by_source ON syncs (tenant, source, started);
-- Sources that were added by command; configuration, and no secrets.
CREATE TABLE sources (
	name   TEXT PRIMARY KEY,
	tenant TEXT NOT NULL,
	config TEXT NOT NULL  -- JSON
) STRICT, WITHOUT ROWID;
CREATE TABLE deliveries (
	tenant TEXT NOT NULL,
	source TEXT NOT NULL,
	id     TEXT NOT NULL,
	at     INTEGER NOT NULL, -- seconds since 1970
	PRIMARY KEY (tenant, source, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX owned_by_subject ON owned (tenant, subject, relation);
`}

// Open opens the file at path, or creates it. A file of a newer version or of
// another program is refused with [eyeshot.ErrConflict] and left as it is.
func Open(ctx context.Context, path string) (*DB, error) {
	db, err := sqlitedb.Open(ctx, sqlitedb.Config{Path: path, ApplicationID: applicationID, Migrations: migrations})
	if err != nil {
		return nil, fmt.Errorf("state file: %w", err)
	}
	return &DB{db: db}, nil
}

// Close closes the file.
func (d *DB) Close() error { return sqlitedb.Classify(d.db.Close()) }

// change runs do in one transaction: all of it happens, or nothing.
func (d *DB) change(ctx context.Context, what string, do func(*sql.Tx) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("state file: %s: %w", what, sqlitedb.Classify(err))
		}
	}()
	tx, err := d.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect after Commit
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// asJSON passes a list to SQL as one parameter for json_each.
func asJSON(list any) (string, error) {
	encoded, err := json.Marshal(list)
	return string(encoded), err
}
