package embedded

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/sqlitedb"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Upsert implements [store.Writer]: one transaction, and memory after it.
func (s *Store) Upsert(ctx context.Context, tenant string, records []store.Record) error {
	unlock, err := s.lockWrites(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	t, err := s.tenant(tenant)
	if err != nil {
		return err
	}
	if t == nil {
		return fmt.Errorf("%w: tenant %q has no index yet: prepare it first", eyeshot.ErrConflict, tenant)
	}
	if err := t.admit(records); err != nil {
		return err
	}
	err = s.change(ctx, t, func(w *writer) (change, error) {
		written, err := w.upsert(ctx, records)
		return change{added: written}, err
	})
	if err != nil {
		return fmt.Errorf("upsert %d documents: %w", len(records), sqlitedb.Classify(err))
	}
	return nil
}

// Delete implements [store.Writer].
func (s *Store) Delete(ctx context.Context, tenant string, objects []eyeshot.Object) error {
	unlock, err := s.lockWrites(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	t, err := s.tenant(tenant)
	if err != nil || t == nil {
		return err
	}
	err = s.change(ctx, t, func(w *writer) (change, error) {
		return change{removed: objects}, w.delete(ctx, objects)
	})
	if err != nil {
		return fmt.Errorf("delete %d documents: %w", len(objects), sqlitedb.Classify(err))
	}
	return nil
}

// admit refuses records that do not fit into the tenant's index.
func (t *tenant) admit(records []store.Record) error {
	rows := int(t.current.Load().rows)
	for _, record := range records {
		rows += len(record.Chunks)
		for n, chunk := range record.Chunks {
			if len(chunk.Vector) != t.model.Dimension {
				return wrongDimension(fmt.Sprintf("%s chunk %d: vector", record.Object, n), len(chunk.Vector), t.model)
			}
		}
	}
	if rows > maxRows {
		return fmt.Errorf("%w: the embedded store takes at most %d chunks of one tenant: use another store", eyeshot.ErrConflict, maxRows)
	}
	return nil
}

func wrongDimension(field string, dimension int, model store.EmbeddingModel) error {
	return eyeshot.Invalid(field, fmt.Sprintf("%d dimensions", dimension),
		fmt.Sprintf("must have %d, as the index's model %s has", model.Dimension, model.Name))
}

// begin starts a transaction that the end of ctx does not cut off: between the
// file's commit and memory's there must be nothing that may fail. Whoever has
// much to do in it asks ctx in between.
func (s *Store) begin(ctx context.Context) (*sql.Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.db.Write.BeginTx(context.WithoutCancel(ctx), nil)
}

// change writes to the file in one transaction and then to memory. A failure
// leaves both as they were.
func (s *Store) change(ctx context.Context, t *tenant, write func(*writer) (change, error)) error {
	tx, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect after Commit
	w, err := newWriter(tx, t.id)
	if err != nil {
		return err
	}
	c, err := write(w)
	if err != nil {
		return err
	}
	if err := t.commit(tx, c); err != nil {
		return err
	}
	t.tidy()
	return nil
}

// commit commits a change and brings memory up to it, and lets no search look at
// one of the two in between that looks at both.
func (t *tenant) commit(tx *sql.Tx, c change) error {
	t.publish.Lock()
	defer t.publish.Unlock()
	if err := tx.Commit(); err != nil {
		return err
	}
	t.apply(c)
	return nil
}
