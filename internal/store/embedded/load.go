package embedded

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// load builds the memory of all tenants from the file.
func (s *Store) load(ctx context.Context) error {
	loading, err := s.loadTenants(ctx)
	if err != nil {
		return err
	}
	rows, err := s.db.Read.QueryContext(ctx, `SELECT d.id, d.tenant, d.object, d.title, d.metadata, d.updated_at, c.id, c.heading, c.text, v.vector
		FROM chunks c CROSS JOIN documents d ON d.id = c.document CROSS JOIN vectors v ON v.chunk = c.id ORDER BY c.id`)
	if err != nil {
		return fmt.Errorf("read the chunks: %w", err)
	}
	defer rows.Close()
	reader := loader{tenants: loading}
	for rows.Next() {
		if err := reader.read(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the chunks: %w", err)
	}
	reader.finish()
	for name, l := range loading {
		s.tenants[name] = newTenant(l.id, l.model, newSnapshot(l.columns, l.spans.done(), l.columns.matrix.rows))
	}
	return nil
}

// loadingTenant is a tenant's memory in the making.
type loadingTenant struct {
	id      int64
	model   store.EmbeddingModel
	columns *columns
	spans   *pagesEdit
}

func (s *Store) loadTenants(ctx context.Context) (map[string]*loadingTenant, error) {
	rows, err := s.db.Read.QueryContext(ctx, "SELECT id, name, model, dimension FROM tenants")
	if err != nil {
		return nil, fmt.Errorf("read the tenants: %w", err)
	}
	defer rows.Close()
	tenants := map[string]*loadingTenant{}
	for rows.Next() {
		var name string
		t := &loadingTenant{spans: pages{}.edit()}
		if err := rows.Scan(&t.id, &name, &t.model.Name, &t.model.Dimension); err != nil {
			return nil, fmt.Errorf("read the tenants: %w", err)
		}
		t.columns = newColumns(s.tokenizer, t.model.Dimension)
		tenants[name] = t
	}
	return tenants, rows.Err()
}

// loader collects rows into documents: a document's chunks follow each other.
type loader struct {
	tenants  map[string]*loadingTenant
	byID     map[int64]*loadingTenant
	document int64
	tenant   *loadingTenant
	current  stored
}

func (l *loader) read(rows *sql.Rows) error {
	var document, tenant, chunkID int64
	var object, title, metadata, updatedAt, heading, text, vector sql.RawBytes
	if err := rows.Scan(&document, &tenant, &object, &title, &metadata, &updatedAt, &chunkID, &heading, &text, &vector); err != nil {
		return fmt.Errorf("read a chunk: %w", err)
	}
	if document != l.document {
		l.finish()
		if err := l.begin(document, tenant, string(object), string(title), metadata, string(updatedAt)); err != nil {
			return err
		}
	}
	record := &l.current.record
	chunk := eyeshot.Chunk{
		ChunkRef: eyeshot.ChunkRef{Object: record.Object, N: len(record.Chunks)},
		Heading:  string(heading), Text: string(text),
		Vector: make([]float32, l.tenant.model.Dimension),
	}
	if err := decodeVector(chunk.Vector, vector); err != nil {
		return fmt.Errorf("chunk %d: %w", chunkID, err)
	}
	record.Chunks = append(record.Chunks, chunk)
	l.current.chunkIDs = append(l.current.chunkIDs, chunkID)
	return nil
}

func (l *loader) begin(document, tenant int64, object, title string, metadata []byte, updatedAt string) (err error) {
	if l.byID == nil {
		l.byID = map[int64]*loadingTenant{}
		for _, t := range l.tenants {
			l.byID[t.id] = t
		}
	}
	l.document, l.tenant = document, l.byID[tenant]
	if l.tenant == nil {
		return fmt.Errorf("%w: a document belongs to no tenant", errDamaged)
	}
	record := store.Record{Object: eyeshot.Object(object), Title: title}
	if record.Metadata, err = decodeMetadata(metadata); err != nil {
		return err
	}
	if record.UpdatedAt, err = decodeTime(updatedAt); err != nil {
		return err
	}
	l.current = stored{record: record}
	return nil
}

// finish adds the document that was collected.
func (l *loader) finish() {
	if len(l.current.chunkIDs) > 0 {
		number, s := l.tenant.columns.add(l.current)
		l.tenant.spans.set(number, s)
	}
	l.current = stored{}
}
