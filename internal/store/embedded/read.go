package embedded

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/sqlitedb"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Document implements [store.Reader].
func (s *Store) Document(ctx context.Context, tenant string, object eyeshot.Object) (store.Record, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return store.Record{}, err
	}
	if t == nil {
		return store.Record{}, notFound(object)
	}
	record, err := s.document(ctx, t.id, object)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Record{}, notFound(object)
	}
	if err != nil {
		return store.Record{}, fmt.Errorf("read %s: %w", object, sqlitedb.Classify(err))
	}
	return record, nil
}

func notFound(object eyeshot.Object) error {
	return fmt.Errorf("document %s: %w", object, eyeshot.ErrNotFound)
}

// document reads a record and its chunks from one state of the file.
func (s *Store) document(ctx context.Context, tenant int64, object eyeshot.Object) (store.Record, error) {
	tx, err := s.db.Read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return store.Record{}, err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	record := store.Record{Object: object}
	var id int64
	var metadata []byte
	var updatedAt string
	err = tx.QueryRowContext(ctx, "SELECT id, title, url, metadata, updated_at, hash FROM documents WHERE tenant = ? AND object = ?", tenant, string(object)).
		Scan(&id, &record.Title, &record.URL, &metadata, &updatedAt, &record.Hash)
	if err != nil {
		return store.Record{}, err
	}
	if record.Metadata, err = decodeMetadata(metadata); err != nil {
		return store.Record{}, err
	}
	if record.UpdatedAt, err = decodeTime(updatedAt); err != nil {
		return store.Record{}, err
	}
	record.Chunks, err = chunks(ctx, tx, id, object)
	return record, err
}

func chunks(ctx context.Context, tx *sql.Tx, document int64, object eyeshot.Object) ([]eyeshot.Chunk, error) {
	rows, err := tx.QueryContext(ctx, "SELECT n, heading, text FROM chunks WHERE document = ? ORDER BY n", document)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var chunks []eyeshot.Chunk
	for rows.Next() {
		chunk := eyeshot.Chunk{ChunkRef: eyeshot.ChunkRef{Object: object}}
		if err := rows.Scan(&chunk.N, &chunk.Heading, &chunk.Text); err != nil {
			return nil, err
		}
		chunks = append(chunks, chunk)
	}
	return chunks, rows.Err()
}

// passagesQuery takes refs as a JSON list of [object, n], which has no limit of
// parameters, and keeps their order.
const passagesQuery = `SELECT d.object, c.n, c.heading, c.text, d.title, d.url, d.metadata, d.updated_at, d.hash
	FROM json_each(?) r
	CROSS JOIN documents d ON d.tenant = ? AND d.object = r.value ->> 0
	CROSS JOIN chunks c ON c.document = d.id AND c.n = r.value ->> 1
	ORDER BY r.key`

// Passages implements [store.Reader].
func (s *Store) Passages(ctx context.Context, tenant string, refs []eyeshot.ChunkRef) ([]store.Passage, error) {
	wanted := make([][2]any, len(refs))
	for i, ref := range refs {
		wanted[i] = [2]any{ref.Object, ref.N}
	}
	var passages []store.Passage
	err := s.each(ctx, tenant, passagesQuery, wanted, func(rows *sql.Rows) error {
		var p store.Passage
		var metadata []byte
		var updatedAt string
		err := rows.Scan(&p.Ref.Object, &p.Ref.N, &p.Heading, &p.Text, &p.Title, &p.URL, &metadata, &updatedAt, &p.Hash)
		if err != nil {
			return err
		}
		if p.Metadata, err = decodeMetadata(metadata); err != nil {
			return err
		}
		p.UpdatedAt, err = decodeTime(updatedAt)
		passages = append(passages, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %d passages: %w", len(refs), sqlitedb.Classify(err))
	}
	return passages, nil
}

// Hashes implements [store.Reader].
func (s *Store) Hashes(ctx context.Context, tenant string, objects []eyeshot.Object) (map[eyeshot.Object]string, error) {
	const query = "SELECT d.object, d.hash FROM json_each(?) r CROSS JOIN documents d ON d.tenant = ? AND d.object = r.value"
	hashes := make(map[eyeshot.Object]string, len(objects))
	err := s.each(ctx, tenant, query, objects, func(rows *sql.Rows) error {
		var object eyeshot.Object
		var hash string
		err := rows.Scan(&object, &hash)
		hashes[object] = hash
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the hashes of %d documents: %w", len(objects), sqlitedb.Classify(err))
	}
	return hashes, nil
}

// each runs a query over a list, given as JSON, and a tenant.
func (s *Store) each(ctx context.Context, tenant, query string, list any, visit func(*sql.Rows) error) error {
	t, err := s.tenant(tenant)
	if err != nil || t == nil {
		return err
	}
	encoded, err := json.Marshal(list)
	if err != nil {
		return err
	}
	rows, err := s.db.Read.QueryContext(ctx, query, string(encoded), t.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Objects implements [store.Reader].
func (s *Store) Objects(ctx context.Context, tenant string, after eyeshot.Object, limit int) ([]eyeshot.Object, error) {
	t, err := s.tenant(tenant)
	if err != nil || t == nil {
		return nil, err
	}
	objects, err := s.objects(ctx, t.id, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", sqlitedb.Classify(err))
	}
	return objects, nil
}

func (s *Store) objects(ctx context.Context, tenant int64, after eyeshot.Object, limit int) ([]eyeshot.Object, error) {
	rows, err := s.db.Read.QueryContext(ctx, "SELECT object FROM documents WHERE tenant = ? AND object > ? ORDER BY object LIMIT ?", tenant, string(after), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var objects []eyeshot.Object
	for rows.Next() {
		var object eyeshot.Object
		if err := rows.Scan(&object); err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
	return objects, rows.Err()
}

// Stats implements [store.Reader].
func (s *Store) Stats(ctx context.Context, tenant string) (store.Stats, error) {
	t, err := s.tenant(tenant)
	if err != nil || t == nil {
		return store.Stats{}, err
	}
	stats := store.Stats{Model: t.model}
	err = s.db.Read.QueryRowContext(ctx, "SELECT count(*), coalesce(sum(chunks), 0) FROM documents WHERE tenant = ?", t.id).
		Scan(&stats.Documents, &stats.Chunks)
	if err != nil {
		return store.Stats{}, fmt.Errorf("count the documents of a tenant: %w", sqlitedb.Classify(err))
	}
	return stats, nil
}
