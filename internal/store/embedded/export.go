package embedded

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/sqlitedb"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Capabilities implements [store.Driver]. A search is exact either way: Exact
// sorts the rows of a few documents and marks those of many, Filtered always
// marks. There is no Unfiltered, since keywords are ranked by the statistics of
// the scope, which takes the scope's rows anyway.
func (s *Store) Capabilities() store.Capabilities {
	return store.Capabilities{
		Name: "embedded", Ways: []store.Way{store.Exact, store.Filtered},
		Costs: store.Costs{
			store.Exact:    {Fixed: 37_000, PerAllowed: 66},
			store.Filtered: {Fixed: 37_000, PerAllowed: 66, PerDocument: 0.02},
		},
	}
}

// SetReaders implements [store.Writer]: the store filters by the bitmap itself,
// and keeps no readers.
func (s *Store) SetReaders(context.Context, string, []store.DocumentReaders) error { return nil }

// Readers implements [store.Exporter].
func (s *Store) Readers(context.Context, string, eyeshot.Object, int) ([]store.DocumentReaders, error) {
	return nil, nil
}

const exportQuery = `SELECT d.object, d.title, d.url, d.metadata, d.updated_at, d.hash, c.n, c.heading, c.text, v.vector
	FROM (SELECT * FROM documents WHERE tenant = ? AND object > ? ORDER BY object LIMIT ?) d
	LEFT JOIN chunks c ON c.document = d.id LEFT JOIN vectors v ON v.chunk = c.id
	ORDER BY d.object, c.n`

// Export implements [store.Exporter].
func (s *Store) Export(ctx context.Context, tenant string, after eyeshot.Object, limit int) ([]store.Record, error) {
	t, err := s.tenant(tenant)
	if err != nil || t == nil {
		return nil, err
	}
	rows, err := s.db.Read.QueryContext(ctx, exportQuery, t.id, string(after), limit)
	if err != nil {
		return nil, fmt.Errorf("export documents: %w", sqlitedb.Classify(err))
	}
	defer rows.Close()
	var records []store.Record
	for rows.Next() {
		if records, err = exported(rows, records, t.model.Dimension); err != nil {
			return nil, fmt.Errorf("export documents: %w", sqlitedb.Classify(err))
		}
	}
	return records, rows.Err()
}

// exported adds a row to the records: another chunk of the last of them, or the
// first of another.
func exported(rows *sql.Rows, records []store.Record, dimension int) ([]store.Record, error) {
	var record store.Record
	var metadata, vector []byte
	var updatedAt string
	var n sql.NullInt64
	var heading, text sql.NullString
	err := rows.Scan(&record.Object, &record.Title, &record.URL, &metadata, &updatedAt, &record.Hash, &n, &heading, &text, &vector)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 || records[len(records)-1].Object != record.Object {
		if record.Metadata, err = decodeMetadata(metadata); err != nil {
			return nil, err
		}
		if record.UpdatedAt, err = decodeTime(updatedAt); err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	if !n.Valid { // a document without chunks
		return records, nil
	}
	last := &records[len(records)-1]
	chunk := eyeshot.Chunk{
		ChunkRef: eyeshot.ChunkRef{Object: record.Object, N: int(n.Int64)},
		Heading:  heading.String, Text: text.String, Vector: make([]float32, dimension),
	}
	last.Chunks = append(last.Chunks, chunk)
	return records, decodeVector(chunk.Vector, vector)
}
