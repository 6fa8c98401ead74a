package embedded

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// writer writes the documents of one tenant within one transaction, which
// closes its statements.
type writer struct {
	tenant                                     int64
	findDocument, addDocument                  *sql.Stmt
	changeDocument, dropDocuments              *sql.Stmt
	putChunk, putVector, putKeywords           *sql.Stmt
	dropChunks, dropVectors, dropChunkKeywords *sql.Stmt
	blob                                       []byte
}

const chunksOf = "SELECT c.id FROM json_each(?) d CROSS JOIN chunks c ON c.document = d.value"

func newWriter(tx *sql.Tx, tenant int64) (*writer, error) {
	w := &writer{tenant: tenant}
	for _, one := range []struct {
		statement **sql.Stmt
		text      string
	}{
		{&w.findDocument, "SELECT id FROM documents WHERE tenant = ? AND object = ?"},
		{&w.addDocument, "INSERT INTO documents (title, url, metadata, updated_at, hash, chunks, tenant, object) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
		{&w.changeDocument, "UPDATE documents SET title = ?, url = ?, metadata = ?, updated_at = ?, hash = ?, chunks = ? WHERE id = ?"},
		{&w.dropDocuments, "DELETE FROM documents WHERE id IN (SELECT value FROM json_each(?))"},
		{&w.putChunk, "INSERT INTO chunks (document, n, heading, text) VALUES (?, ?, ?, ?)"},
		{&w.putVector, "INSERT INTO vectors (chunk, vector) VALUES (?, ?)"},
		{&w.putKeywords, "INSERT INTO " + keywordTable(tenant) + " (rowid, name, title, heading, text) VALUES (?, ?, ?, ?, ?)"},
		{&w.dropChunks, "DELETE FROM chunks WHERE document IN (SELECT value FROM json_each(?))"},
		{&w.dropVectors, "DELETE FROM vectors WHERE chunk IN (" + chunksOf + ")"},
		{&w.dropChunkKeywords, "DELETE FROM " + keywordTable(tenant) + " WHERE rowid IN (" + chunksOf + ")"},
	} {
		var err error
		if *one.statement, err = tx.Prepare(one.text); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// upsert replaces documents. Their chunks get new ids: what a search of an older
// state still refers to never turns into something else. All that is old goes
// before anything new comes: FTS5 gathers changes only as long as rowids rise.
func (w *writer) upsert(ctx context.Context, records []store.Record) ([]stored, error) {
	ids := make([]int64, len(records))
	var replaced []int64
	for i, record := range records {
		id, err := w.find(ctx, record.Object)
		if err != nil {
			return nil, err
		}
		if ids[i] = id; id != 0 {
			replaced = append(replaced, id)
		}
	}
	if err := w.clear(replaced); err != nil {
		return nil, err
	}
	written := make([]stored, 0, len(records))
	for i, record := range records {
		one, err := w.put(ctx, ids[i], record)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", record.Object, err)
		}
		written = append(written, one)
	}
	return written, nil
}

// put writes one document, new where its id is 0.
func (w *writer) put(ctx context.Context, id int64, record store.Record) (stored, error) {
	if err := ctx.Err(); err != nil {
		return stored{}, err
	}
	document, err := w.putDocument(id, record)
	if err != nil {
		return stored{}, err
	}
	written := stored{record: record}
	for _, chunk := range record.Chunks {
		id, err := w.insert(document, record.Title, chunk)
		if err != nil {
			return stored{}, err
		}
		written.chunkIDs = append(written.chunkIDs, id)
	}
	return written, nil
}

// putDocument writes a document without its chunks and returns its id.
func (w *writer) putDocument(id int64, record store.Record) (int64, error) {
	metadata, err := encodeMetadata(record.Metadata)
	if err != nil {
		return 0, err
	}
	columns := []any{record.Title, record.URL, metadata, encodeTime(record.UpdatedAt), record.Hash, len(record.Chunks)}
	if id != 0 {
		_, err := w.changeDocument.Exec(append(columns, id)...)
		return id, err
	}
	result, err := w.addDocument.Exec(append(columns, w.tenant, string(record.Object))...)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// find returns a document's id, 0 where there is none.
func (w *writer) find(ctx context.Context, object eyeshot.Object) (id int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	err = w.findDocument.QueryRow(w.tenant, string(object)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

func (w *writer) insert(document int64, title string, chunk eyeshot.Chunk) (id int64, err error) {
	result, err := w.putChunk.Exec(document, chunk.N, chunk.Heading, chunk.Text)
	if err != nil {
		return 0, err
	}
	if id, err = result.LastInsertId(); err != nil {
		return 0, err
	}
	w.blob = encodeVector(w.blob[:0], chunk.Vector)
	if _, err := w.putVector.Exec(id, w.blob); err != nil {
		return 0, err
	}
	fields := keyword.Fields(chunk.Object, title, chunk.Heading, chunk.Text)
	_, err = w.putKeywords.Exec(id, fields[keyword.FieldName].Text, fields[keyword.FieldTitle].Text,
		fields[keyword.FieldHeading].Text, fields[keyword.FieldText].Text)
	return id, err
}

// delete removes the documents that are there.
func (w *writer) delete(ctx context.Context, objects []eyeshot.Object) error {
	var gone []int64
	for _, object := range objects {
		id, err := w.find(ctx, object)
		if err != nil {
			return err
		}
		if id != 0 {
			gone = append(gone, id)
		}
	}
	if err := w.clear(gone); err != nil {
		return err
	}
	return run(gone, w.dropDocuments)
}

// clear removes the chunks of documents and all that belongs to them.
func (w *writer) clear(documents []int64) error {
	return run(documents, w.dropChunkKeywords, w.dropVectors, w.dropChunks)
}

// run runs statements that take a list of documents as JSON, which has no limit
// of parameters.
func run(documents []int64, statements ...*sql.Stmt) error {
	if len(documents) == 0 {
		return nil
	}
	list, err := json.Marshal(documents)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := statement.Exec(string(list)); err != nil {
			return err
		}
	}
	return nil
}
