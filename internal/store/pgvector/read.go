package pgvector

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Document implements [store.Reader].
func (s *Store) Document(ctx context.Context, name string, object eyeshot.Object) (store.Record, error) {
	records, err := s.records(ctx, name, fmt.Sprintf("read %s", object), "object = $2", false, string(object))
	if err != nil {
		return store.Record{}, err
	}
	if len(records) == 0 {
		return store.Record{}, fmt.Errorf("document %s: %w", object, eyeshot.ErrNotFound)
	}
	return records[0], nil
}

// Passages implements [store.Reader].
func (s *Store) Passages(ctx context.Context, name string, refs []eyeshot.ChunkRef) ([]store.Passage, error) {
	objects, ns := split(refs)
	var passages []store.Passage
	err := s.read(ctx, name, fmt.Sprintf("read %d passages", len(refs)), func(tx pgx.Tx, t *tenant) error {
		rows, err := tx.Query(ctx, `SELECT d.object, p.n, p.heading, p.text, d.title, d.url, d.metadata, d.updated_at, d.hash
			FROM unnest($2::text[], $3::int[]) WITH ORDINALITY AS r (object, n, at)
			JOIN `+table("documents", t.id)+` d ON d.tenant = $1 AND d.object = r.object
			JOIN `+table("passages", t.id)+` p ON p.tenant = $1 AND p.document = d.id AND p.n = r.n ORDER BY r.at`, t.id, objects, ns)
		if err != nil {
			return err
		}
		passages, err = pgx.CollectRows(rows, scanPassage)
		return err
	})
	return passages, err
}

// split turns refs into two columns.
func split(refs []eyeshot.ChunkRef) (objects []string, ns []int32) {
	objects, ns = make([]string, len(refs)), make([]int32, len(refs))
	for i, ref := range refs {
		objects[i], ns[i] = string(ref.Object), int32(ref.N)
	}
	return objects, ns
}

func scanPassage(row pgx.CollectableRow) (p store.Passage, err error) {
	var metadata []byte
	var updatedAt *time.Time
	if err := row.Scan(&p.Ref.Object, &p.Ref.N, &p.Heading, &p.Text, &p.Title, &p.URL, &metadata, &updatedAt, &p.Hash); err != nil {
		return p, err
	}
	p.UpdatedAt = utc(updatedAt)
	p.Metadata, err = decodeMetadata(metadata)
	return p, err
}

func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// decodeMetadata reads metadata with the kinds of value that [store.Record] names.
func decodeMetadata(encoded []byte) (map[string]any, error) {
	var metadata map[string]any
	if err := json.Unmarshal(encoded, &metadata); err != nil {
		return nil, fmt.Errorf("%w: metadata that this program did not write", eyeshot.ErrConflict)
	}
	for key, value := range metadata {
		list, isList := value.([]any)
		if !isList {
			continue
		}
		members := make([]string, len(list))
		for i, member := range list {
			members[i], _ = member.(string)
		}
		metadata[key] = members
	}
	return metadata, nil
}

// Hashes implements [store.Reader].
func (s *Store) Hashes(ctx context.Context, name string, objects []eyeshot.Object) (map[eyeshot.Object]string, error) {
	hashes := make(map[eyeshot.Object]string, len(objects))
	err := s.read(ctx, name, fmt.Sprintf("read the hashes of %d documents", len(objects)), func(tx pgx.Tx, t *tenant) error {
		rows, err := tx.Query(ctx, "SELECT object, hash FROM "+table("documents", t.id)+" WHERE tenant = $1 AND object = ANY ($2)", t.id, texts(objects))
		if err != nil {
			return err
		}
		var object eyeshot.Object
		var hash string
		_, err = pgx.ForEachRow(rows, []any{&object, &hash}, func() error { hashes[object] = hash; return nil })
		return err
	})
	return hashes, err
}

// Objects implements [store.Reader].
func (s *Store) Objects(ctx context.Context, name string, after eyeshot.Object, limit int) ([]eyeshot.Object, error) {
	var objects []eyeshot.Object
	err := s.read(ctx, name, "list documents", func(tx pgx.Tx, t *tenant) error {
		rows, err := tx.Query(ctx, "SELECT object FROM "+table("documents", t.id)+" WHERE tenant = $1 AND object > $2 ORDER BY object LIMIT $3", t.id, string(after), limit)
		if err != nil {
			return err
		}
		objects, err = pgx.CollectRows(rows, pgx.RowTo[eyeshot.Object])
		return err
	})
	return objects, err
}

// Stats implements [store.Reader].
func (s *Store) Stats(ctx context.Context, name string) (store.Stats, error) {
	var stats store.Stats
	err := s.read(ctx, name, "count documents", func(_ pgx.Tx, t *tenant) error {
		stats = store.Stats{Documents: t.documents, Chunks: t.chunks, Model: t.model}
		return nil
	})
	return stats, err
}
