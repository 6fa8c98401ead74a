package pgvector

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Export implements [store.Exporter].
func (s *Store) Export(ctx context.Context, name string, after eyeshot.Object, limit int) ([]store.Record, error) {
	return s.records(ctx, name, "export documents", "object > $2 ORDER BY object LIMIT $3", true, string(after), limit)
}

// records reads the documents that a condition names; whole ones have vectors
// and readers.
func (s *Store) records(ctx context.Context, name, doing, condition string, whole bool, args ...any) ([]store.Record, error) {
	var records []store.Record
	err := s.read(ctx, name, doing, func(tx pgx.Tx, t *tenant) error {
		rows, err := tx.Query(ctx, recordsQuery(t.id, condition, whole), append([]any{t.id}, args...)...)
		if err != nil {
			return err
		}
		records, err = scanRecords(rows)
		return err
	})
	return records, err
}

func recordsQuery(tenant int64, condition string, whole bool) string {
	readers, vector, join := "NULL::text[]", "NULL::vector", ""
	if whole {
		readers, vector = "r.subjects", "c.vector"
		join = fmt.Sprintf(`JOIN %s r ON r.tenant = d.tenant AND r.id = d.readers
			LEFT JOIN %s c ON c.tenant = p.tenant AND c.document = p.document AND c.n = p.n`, table("readers", tenant), table("chunks", tenant))
	}
	return fmt.Sprintf(`SELECT d.object, d.title, d.url, d.metadata, d.updated_at, d.hash, p.n, p.heading, p.text, %s, %s
		FROM (SELECT * FROM %s WHERE tenant = $1 AND %s) d
		LEFT JOIN %s p ON p.tenant = d.tenant AND p.document = d.id %s ORDER BY d.object, p.n`,
		readers, vector, table("documents", tenant), condition, table("passages", tenant), join)
}

// scanRecords puts rows together that are chunks of one document.
func scanRecords(rows pgx.Rows) ([]store.Record, error) {
	defer rows.Close()
	var records []store.Record
	for rows.Next() {
		var record store.Record
		var metadata []byte
		var updatedAt *time.Time
		var n *int
		var heading, text *string
		var vector *pgvector.Vector
		err := rows.Scan(&record.Object, &record.Title, &record.URL, &metadata, &updatedAt, &record.Hash, &n, &heading, &text, &record.Readers, &vector)
		if err != nil {
			return nil, err
		}
		if len(records) == 0 || records[len(records)-1].Object != record.Object {
			record.UpdatedAt = utc(updatedAt)
			if record.Metadata, err = decodeMetadata(metadata); err != nil {
				return nil, err
			}
			records = append(records, record)
		}
		if n == nil { // a document without chunks
			continue
		}
		chunk := eyeshot.Chunk{ChunkRef: eyeshot.ChunkRef{Object: record.Object, N: *n}, Heading: *heading, Text: *text}
		if vector != nil {
			chunk.Vector = vector.Slice()
		}
		last := &records[len(records)-1]
		last.Chunks = append(last.Chunks, chunk)
	}
	return records, rows.Err()
}
