package pgvector

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// writer writes to one tenant's tables within a transaction that holds the lock
// on the tenant's row.
type writer struct {
	tx        pgx.Tx
	tenant    *tenant
	tokenizer *keyword.Tokenizer
	copies    bool // COPY is allowed; row security forbids it
}

func (w *writer) table(kind string) string { return table(kind, w.tenant.id) }

// upsert replaces documents with all that belongs to them.
func (w *writer) upsert(ctx context.Context, records []store.Record) error {
	if len(records) == 0 {
		return nil
	}
	sets, err := w.intern(ctx, records)
	if err != nil {
		return fmt.Errorf("keep readers: %w", err)
	}
	numbers, added, err := w.upsertDocuments(ctx, records, sets)
	if err != nil {
		return fmt.Errorf("keep documents: %w", err)
	}
	removed, err := w.deleteChunks(ctx, numbers)
	if err != nil {
		return err
	}
	chunks, err := w.insertChunks(ctx, records, numbers, sets)
	if err != nil {
		return fmt.Errorf("keep chunks: %w", err)
	}
	return w.count(ctx, added, chunks-removed)
}

const upsertDocuments = `INSERT INTO %s AS d (tenant, object, type, source, updated, title, url, metadata, updated_at, hash, readers, version)
	SELECT $1::bigint, object, type, source, updated, title, url, metadata::jsonb, updated_at, hash, readers, $12::bigint
	FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::text[], $11::bigint[])
		AS u (object, type, source, updated, title, url, metadata, updated_at, hash, readers)
	ON CONFLICT (tenant, object) DO UPDATE SET updated = excluded.updated, title = excluded.title, url = excluded.url,
		metadata = excluded.metadata, updated_at = excluded.updated_at, hash = excluded.hash, readers = excluded.readers, version = excluded.version
	RETURNING id, object, xmax = 0`

// upsertDocuments returns the number of each document, and how many are new.
func (w *writer) upsertDocuments(ctx context.Context, records []store.Record, sets []int64) (map[eyeshot.Object]int64, int, error) {
	var c columns
	for _, record := range records {
		if err := c.add(record); err != nil {
			return nil, 0, err
		}
	}
	rows, err := w.tx.Query(ctx, fmt.Sprintf(upsertDocuments, w.table("documents")), w.tenant.id,
		c.objects, c.types, c.sources, c.updated, c.titles, c.urls, c.metadata, c.updatedAt, c.hashes, sets, w.tenant.version+1)
	if err != nil {
		return nil, 0, err
	}
	numbers, added := make(map[eyeshot.Object]int64, len(records)), 0
	var id int64
	var object eyeshot.Object
	var isNew bool
	_, err = pgx.ForEachRow(rows, []any{&id, &object, &isNew}, func() error {
		numbers[object] = id
		if isNew {
			added++
		}
		return nil
	})
	return numbers, added, err
}

// columns are documents as parameters of one statement.
type columns struct {
	objects, types, sources, titles, urls, metadata, hashes []string
	updated                                                 []*string
	updatedAt                                               []*time.Time
}

func (c *columns) add(record store.Record) error {
	metadata, err := json.Marshal(record.Metadata)
	if err != nil {
		return err
	}
	if record.Metadata == nil {
		metadata = []byte("{}")
	}
	var updatedAt *time.Time
	var updated *string
	if value, known := record.Value(store.KeyUpdatedAt); known {
		text := value.(string)
		updated, updatedAt = &text, &record.UpdatedAt
	}
	c.objects, c.types, c.sources = append(c.objects, string(record.Object)), append(c.types, record.Object.Type()), append(c.sources, record.Object.Source())
	c.titles, c.urls, c.hashes = append(c.titles, record.Title), append(c.urls, record.URL), append(c.hashes, record.Hash)
	c.metadata, c.updated, c.updatedAt = append(c.metadata, string(metadata)), append(c.updated, updated), append(c.updatedAt, updatedAt)
	return nil
}

// insertChunks writes the chunks of records and returns how many there are.
func (w *writer) insertChunks(ctx context.Context, records []store.Record, numbers map[eyeshot.Object]int64, sets []int64) (int, error) {
	var chunks, passages [][]any
	for i, record := range records {
		document := numbers[record.Object]
		for n, chunk := range record.Chunks {
			chunks = append(chunks, []any{w.tenant.id, document, int32(n), sets[i], pgvector.NewVector(chunk.Vector)})
			passages = append(passages, []any{w.tenant.id, document, int32(n), chunk.Heading, chunk.Text, words(w.tokenizer, record, chunk)})
		}
	}
	if err := w.insert(ctx, w.table("chunks"), []string{"tenant", "document", "n", "readers", "vector"}, chunks); err != nil {
		return 0, err
	}
	return len(chunks), w.insert(ctx, w.table("passages"), []string{"tenant", "document", "n", "heading", "text", "words"}, passages)
}

func (w *writer) insert(ctx context.Context, table string, columns []string, rows [][]any) error {
	if w.copies {
		_, err := w.tx.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return err
	}
	batch := &pgx.Batch{}
	for _, row := range rows {
		batch.Queue(insertStatement(table, columns), row...)
	}
	return w.tx.SendBatch(ctx, batch).Close()
}

func insertStatement(table string, columns []string) string {
	names, values := "", ""
	for i, column := range columns {
		names, values = names+", "+column, values+fmt.Sprintf(", $%d", i+1)
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, names[2:], values[2:])
}

// deleteChunks returns how many there were.
func (w *writer) deleteChunks(ctx context.Context, numbers map[eyeshot.Object]int64) (int, error) {
	list := slices.Collect(maps.Values(numbers))
	if _, err := w.tx.Exec(ctx, "DELETE FROM "+w.table("passages")+" WHERE tenant = $1 AND document = ANY ($2)", w.tenant.id, list); err != nil {
		return 0, fmt.Errorf("remove passages: %w", err)
	}
	tag, err := w.tx.Exec(ctx, "DELETE FROM "+w.table("chunks")+" WHERE tenant = $1 AND document = ANY ($2)", w.tenant.id, list)
	if err != nil {
		return 0, fmt.Errorf("remove chunks: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

func (w *writer) delete(ctx context.Context, objects []eyeshot.Object) error {
	rows, err := w.tx.Query(ctx, "DELETE FROM "+w.table("documents")+" WHERE tenant = $1 AND object = ANY ($2) RETURNING id, object", w.tenant.id, texts(objects))
	if err != nil {
		return err
	}
	numbers := map[eyeshot.Object]int64{}
	var id int64
	var object eyeshot.Object
	_, err = pgx.ForEachRow(rows, []any{&id, &object}, func() error { numbers[object] = id; return nil })
	if err != nil || len(numbers) == 0 {
		return err
	}
	removed, err := w.deleteChunks(ctx, numbers)
	if err != nil {
		return err
	}
	gone := slices.Collect(maps.Values(numbers))
	if _, err := w.tx.Exec(ctx, "INSERT INTO "+w.table("removed")+" (tenant, version, document) SELECT $1, $2, unnest($3::bigint[])", w.tenant.id, w.tenant.version+1, gone); err != nil {
		return fmt.Errorf("note what is gone: %w", err)
	}
	return w.count(ctx, -len(numbers), -removed)
}

// count keeps the tenant's numbers of documents and chunks, and ends a version.
func (w *writer) count(ctx context.Context, documents, chunks int) error {
	t := w.tenant
	t.documents, t.chunks, t.version = t.documents+documents, t.chunks+chunks, t.version+1
	_, err := w.tx.Exec(ctx, "UPDATE tenants SET documents = $2, chunks = $3, version = $4 WHERE id = $1", t.id, t.documents, t.chunks, t.version)
	return err
}
