package embedded

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/sqlitedb"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// keywordTable names a tenant's FTS5 table. The name is made of a number of the
// program's own, so it needs no quoting.
func keywordTable(tenant int64) string { return fmt.Sprintf("keywords_%d", tenant) }

// createKeywords makes a tenant's keyword index: a table of its own, so that no
// look-up reads what belongs to another tenant. It is contentless: the texts are
// in chunks and documents, whose ids are its rowids.
const createKeywords = `CREATE VIRTUAL TABLE %s USING fts5(name, title, heading, text,
	content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2')`

// Prepare implements [store.Writer].
func (s *Store) Prepare(ctx context.Context, tenant string, model store.EmbeddingModel) error {
	unlock, err := s.lockWrites(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	t, err := s.tenant(tenant)
	switch {
	case err != nil:
		return err
	case t != nil && t.model != model:
		return fmt.Errorf("%w: the index of tenant %q was made with the embedding model %s (%d dimensions) and cannot take vectors of %s (%d dimensions): drop the index and ingest again, or keep the old model",
			eyeshot.ErrConflict, tenant, t.model.Name, t.model.Dimension, model.Name, model.Dimension)
	case t != nil:
		return nil
	}
	id, err := s.createTenant(ctx, tenant, model)
	if err != nil {
		return fmt.Errorf("create the index of a tenant: %w", sqlitedb.Classify(err))
	}
	s.setTenant(tenant, newTenant(id, model, newSnapshot(newColumns(s.tokenizer, model.Dimension), pages{}, 0)))
	return nil
}

func (s *Store) createTenant(ctx context.Context, name string, model store.EmbeddingModel) (id int64, err error) {
	tx, err := s.begin(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // no effect after Commit
	result, err := tx.Exec("INSERT INTO tenants (name, model, dimension) VALUES (?, ?, ?)", name, model.Name, model.Dimension)
	if err != nil {
		return 0, err
	}
	if id, err = result.LastInsertId(); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(fmt.Sprintf(createKeywords, keywordTable(id))); err != nil {
		return 0, err
	}
	return id, tx.Commit()
}

// DropIndex implements [store.Writer].
func (s *Store) DropIndex(ctx context.Context, tenant string) error {
	unlock, err := s.lockWrites(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	t, err := s.tenant(tenant)
	if err != nil || t == nil {
		return err
	}
	tx, err := s.begin(ctx)
	if err != nil {
		return fmt.Errorf("drop the index of a tenant: %w", sqlitedb.Classify(err))
	}
	defer func() { _ = tx.Rollback() }() // no effect after Commit
	if err := dropTenant(tx, t.id); err != nil {
		return fmt.Errorf("drop the index of a tenant: %w", sqlitedb.Classify(err))
	}
	t.publish.Lock()
	defer t.publish.Unlock()
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("drop the index of a tenant: %w", sqlitedb.Classify(err))
	}
	t.dropped = true
	s.setTenant(tenant, nil)
	return nil
}

func dropTenant(tx *sql.Tx, id int64) error {
	for _, statement := range []string{
		"DELETE FROM vectors WHERE chunk IN (SELECT c.id FROM chunks c JOIN documents d ON d.id = c.document WHERE d.tenant = ?)",
		"DELETE FROM chunks WHERE document IN (SELECT id FROM documents WHERE tenant = ?)",
		"DELETE FROM documents WHERE tenant = ?",
		"DELETE FROM tenants WHERE id = ?",
	} {
		if _, err := tx.Exec(statement, id); err != nil {
			return err
		}
	}
	_, err := tx.Exec("DROP TABLE " + keywordTable(id))
	return err
}
