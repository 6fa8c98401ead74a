package pgvector

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Upsert implements [store.Writer]: one transaction. Writes of one tenant come
// one at a time, by the lock on its row; searches never wait for them.
func (s *Store) Upsert(ctx context.Context, name string, records []store.Record) error {
	var t *tenant
	err := s.change(ctx, fmt.Sprintf("upsert %d documents", len(records)), func(tx pgx.Tx) (err error) {
		t, err = readTenant(ctx, tx, name, " FOR UPDATE")
		if err != nil {
			return err
		}
		if t == nil {
			return fmt.Errorf("%w: tenant %q has no index yet: prepare it first", eyeshot.ErrConflict, name)
		}
		if err := t.admit(records); err != nil {
			return err
		}
		w := writer{tx: tx, tenant: t, tokenizer: s.tokenizer, copies: !s.config.RowSecurity}
		return w.upsert(ctx, records)
	})
	if err != nil {
		return err
	}
	if !t.indexed && t.chunks >= s.config.IndexFrom {
		s.buildIndex(t.id)
	}
	return nil
}

// admit refuses records that do not fit into the tenant's index.
func (t *tenant) admit(records []store.Record) error {
	for _, record := range records {
		for n, chunk := range record.Chunks {
			if len(chunk.Vector) != t.model.Dimension {
				return wrongDimension(fmt.Sprintf("%s chunk %d: vector", record.Object, n), len(chunk.Vector), t.model)
			}
		}
	}
	return nil
}

func wrongDimension(field string, dimension int, model store.EmbeddingModel) error {
	return eyeshot.Invalid(field, fmt.Sprintf("%d dimensions", dimension),
		fmt.Sprintf("must have %d, as the index's model %s has", model.Dimension, model.Name))
}

// Delete implements [store.Writer].
func (s *Store) Delete(ctx context.Context, name string, objects []eyeshot.Object) error {
	return s.change(ctx, fmt.Sprintf("delete %d documents", len(objects)), func(tx pgx.Tx) error {
		t, err := readTenant(ctx, tx, name, " FOR UPDATE")
		if err != nil || t == nil {
			return err
		}
		w := writer{tx: tx, tenant: t}
		return w.delete(ctx, objects)
	})
}

// SetReaders implements [store.Writer].
func (s *Store) SetReaders(ctx context.Context, name string, all []store.DocumentReaders) error {
	return s.change(ctx, fmt.Sprintf("set the readers of %d documents", len(all)), func(tx pgx.Tx) error {
		t, err := readTenant(ctx, tx, name, " FOR UPDATE")
		if err != nil || t == nil {
			return err
		}
		w := writer{tx: tx, tenant: t}
		return w.setReaders(ctx, all)
	})
}
