// Package store is the contract between retrieval and whatever keeps chunks
// and vectors: the embedded store, pgvector, Qdrant. A store finds and keeps;
// it never decides who may read. What it is given as [Access] only narrows a
// search, and what it finds still has to pass the gate (package filters).
//
// The conformance suite is storetest; a driver is right when it passes that.
package store

import (
	"context"
	"io"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Driver is what a store implements. All methods are safe for concurrent use
// and scoped to the tenant that they are given: no call sees or changes what
// belongs to another.
//
// Errors wrap [eyeshot.ErrUnavailable] where a retry may succeed,
// [eyeshot.ErrInvalid] or [eyeshot.ErrConflict] where it cannot.
//
// A driver is dumb: callers hold it through a [Service], which has validated
// all input but one thing, that vectors have the dimension of the index
// ([eyeshot.ErrInvalid]), which only the driver knows. A tenant that was never
// prepared is empty: reading, searching and deleting find nothing there.
type Driver interface {
	Writer
	Reader
	Searcher
	Exporter
	io.Closer
	// Capabilities says what the driver can do.
	Capabilities() Capabilities
}

// EmbeddingModel names what the vectors of an index were made with.
type EmbeddingModel struct {
	Name      string
	Dimension int
}

// Writer changes what a store holds.
type Writer interface {
	// Prepare makes the tenant's index ready for vectors of the model. An index
	// that was made with another model is left as it is and refused with
	// [eyeshot.ErrConflict]; DropIndex is the way out.
	Prepare(ctx context.Context, tenant string, model EmbeddingModel) error
	// Upsert replaces each document and all its chunks by the record. One call
	// is atomic: a crash leaves all of it or nothing. A record that appears
	// twice counts as its last. A tenant that was not prepared is an
	// [eyeshot.ErrConflict].
	Upsert(ctx context.Context, tenant string, records []Record) error
	// Delete removes documents with their chunks; what is absent is no error.
	Delete(ctx context.Context, tenant string, objects []eyeshot.Object) error
	// SetReaders replaces the readers of documents, and nothing else of them;
	// what is absent is no error. One call is atomic. A driver that keeps no
	// readers does nothing.
	SetReaders(ctx context.Context, tenant string, readers []DocumentReaders) error
	// DropIndex removes everything of the tenant, its model included.
	DropIndex(ctx context.Context, tenant string) error
}

// Exporter lists all that a store holds, to copy it elsewhere.
type Exporter interface {
	// Export returns up to limit records of objects greater than after, in byte
	// order, with vectors and, where the driver keeps them, readers.
	Export(ctx context.Context, tenant string, after eyeshot.Object, limit int) ([]Record, error)
	// Readers lists up to limit documents greater than after, in byte order, with
	// their readers; a driver that keeps none lists nothing.
	Readers(ctx context.Context, tenant string, after eyeshot.Object, limit int) ([]DocumentReaders, error)
}

// Reader reads what a store holds. Its callers are the indexer, which owns the
// content, and the retriever, which hands in only what the gate let pass.
type Reader interface {
	// Document returns the record without vectors and readers, or
	// [eyeshot.ErrNotFound].
	Document(ctx context.Context, tenant string, object eyeshot.Object) (Record, error)
	// Passages returns the chunks of refs, in their order. A chunk that has gone
	// since it was found is left out.
	Passages(ctx context.Context, tenant string, refs []eyeshot.ChunkRef) ([]Passage, error)
	// Hashes returns the Hash of each object that the store holds.
	Hashes(ctx context.Context, tenant string, objects []eyeshot.Object) (map[eyeshot.Object]string, error)
	// Objects lists up to limit objects greater than after, in byte order.
	Objects(ctx context.Context, tenant string, after eyeshot.Object, limit int) ([]eyeshot.Object, error)
	// Stats counts what the tenant has.
	Stats(ctx context.Context, tenant string) (Stats, error)
}

// Passage is a chunk with what a result says of its document.
type Passage struct {
	Ref       eyeshot.ChunkRef
	Heading   string
	Text      string
	Title     string
	URL       string
	Metadata  map[string]any
	UpdatedAt time.Time
	// Hash is the document's, of the state that all the rest was read from.
	Hash string
}

// Stats counts documents and chunks, and names the index's model (zero where
// there is no index yet).
type Stats struct {
	Documents int
	Chunks    int
	Model     EmbeddingModel
}
