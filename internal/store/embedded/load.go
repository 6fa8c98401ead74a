package embedded

import (
	"context"
	"database/sql"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// load builds the memory of all tenants from the file: one goroutine reads, and
// one takes texts apart.
func (s *Store) load(ctx context.Context) error {
	loading, err := s.loadTenants(ctx)
	if err != nil {
		return err
	}
	documents := make(chan loaded, 64)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(documents)
		return s.loadDocuments(ctx, loading, documents)
	})
	for document := range documents {
		document.tenant.add(document.stored)
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, l := range loading {
		s.tenants[l.name] = newTenant(l.id, l.model, newSnapshot(l.columns, l.spans.done(), l.columns.matrix.rows))
	}
	return nil
}

// loadingTenant is a tenant's memory in the making.
type loadingTenant struct {
	id      int64
	name    string
	model   store.EmbeddingModel
	columns *columns
	spans   *pagesEdit
}

func (t *loadingTenant) add(document stored) {
	number, s := t.columns.add(document)
	t.spans.set(number, s)
}

// loaded is a document as it was read, with the tenant that it belongs to.
type loaded struct {
	tenant *loadingTenant
	stored
}

func (s *Store) loadTenants(ctx context.Context) (map[int64]*loadingTenant, error) {
	rows, err := s.db.Read.QueryContext(ctx, "SELECT id, name, model, dimension FROM tenants")
	if err != nil {
		return nil, fmt.Errorf("read the tenants: %w", err)
	}
	defer rows.Close()
	tenants := map[int64]*loadingTenant{}
	for rows.Next() {
		t := &loadingTenant{spans: pages{}.edit()}
		if err := rows.Scan(&t.id, &t.name, &t.model.Name, &t.model.Dimension); err != nil {
			return nil, fmt.Errorf("read the tenants: %w", err)
		}
		t.columns = newColumns(s.tokenizer, t.model.Dimension)
		tenants[t.id] = t
	}
	return tenants, rows.Err()
}

// loadDocuments reads all chunks in the order that they were written in: so the
// rows of memory have the order of the ids in the file, and a document's chunks
// follow each other.
func (s *Store) loadDocuments(ctx context.Context, tenants map[int64]*loadingTenant, to chan<- loaded) error {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT d.id, d.tenant, d.object, d.title, d.metadata, d.updated_at, c.id, c.heading, c.text, v.vector
		FROM chunks c CROSS JOIN documents d ON d.id = c.document CROSS JOIN vectors v ON v.chunk = c.id ORDER BY c.id`)
	if err != nil {
		return fmt.Errorf("read the chunks: %w", err)
	}
	defer rows.Close()
	reader := reader{tenants: tenants}
	for rows.Next() {
		finished, err := reader.read(rows)
		if err != nil {
			return err
		}
		if err := send(ctx, to, finished); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the chunks: %w", err)
	}
	return send(ctx, to, reader.current)
}

func send(ctx context.Context, to chan<- loaded, document loaded) error {
	if len(document.chunkIDs) == 0 {
		return nil
	}
	select {
	case to <- document:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reader collects rows into documents.
type reader struct {
	tenants  map[int64]*loadingTenant
	document int64
	current  loaded
}

// read takes one row. Where a new document begins with it, the one before is
// finished and returned.
func (r *reader) read(rows *sql.Rows) (finished loaded, err error) {
	var document, tenant, chunkID int64
	var object, title, metadata, updatedAt, heading, text, vector sql.RawBytes
	if err := rows.Scan(&document, &tenant, &object, &title, &metadata, &updatedAt, &chunkID, &heading, &text, &vector); err != nil {
		return loaded{}, fmt.Errorf("read a chunk: %w", err)
	}
	if document != r.document {
		finished = r.current
		if r.current, err = r.begin(tenant, object, title, metadata, updatedAt); err != nil {
			return loaded{}, err
		}
		r.document = document
	}
	record := &r.current.record
	chunk := eyeshot.Chunk{
		ChunkRef: eyeshot.ChunkRef{Object: record.Object, N: len(record.Chunks)},
		Heading:  string(heading), Text: string(text),
		Vector: make([]float32, r.current.tenant.model.Dimension),
	}
	if err := decodeVector(chunk.Vector, vector); err != nil {
		return loaded{}, fmt.Errorf("chunk %d: %w", chunkID, err)
	}
	record.Chunks = append(record.Chunks, chunk)
	r.current.chunkIDs = append(r.current.chunkIDs, chunkID)
	return finished, nil
}

func (r *reader) begin(tenant int64, object, title, metadata, updatedAt []byte) (document loaded, err error) {
	document.tenant = r.tenants[tenant]
	if document.tenant == nil {
		return loaded{}, fmt.Errorf("%w: a document belongs to no tenant", errDamaged)
	}
	record := &document.record
	record.Object, record.Title = eyeshot.Object(object), string(title)
	if record.Metadata, err = decodeMetadata(metadata); err != nil {
		return loaded{}, err
	}
	record.UpdatedAt, err = decodeTime(string(updatedAt))
	return document, err
}
