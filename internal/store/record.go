package store

import (
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Record is one document as a store keeps it, with all its chunks in order of
// their number.
type Record struct {
	Object    eyeshot.Object
	Title     string
	URL       string
	Metadata  map[string]any // flat: string, float64, bool or []string
	UpdatedAt time.Time      // kept in UTC, to the microsecond
	// Hash identifies content, splitting and embedding model: equal hashes mean
	// that nothing needs to be embedded again.
	Hash   string
	Chunks []eyeshot.Chunk
	// Readers are subject sets of which a principal must be in at least one to
	// read the document: a coarse filter, kept by stores that search with it
	// ([Capabilities.Readers]) and by no other. Sorted, each once.
	Readers []eyeshot.Subject
}

// DocumentReaders are the readers of one document.
type DocumentReaders struct {
	Object  eyeshot.Object
	Readers []eyeshot.Subject
}

// UpdatedAtLayout is how [KeyUpdatedAt] is written for a filter to compare:
// RFC 3339 in UTC, whole seconds, so that strings sort as times do.
const UpdatedAtLayout = "2006-01-02T15:04:05Z"

// Value returns what a metadata filter compares: the document's own metadata,
// and above it its type, its source (empty where it has none) and when it was
// updated (missing where that is not known).
func (r Record) Value(key string) (any, bool) {
	switch key {
	case KeyType:
		return r.Object.Type(), true
	case KeySource:
		return r.Object.Source(), true
	case KeyUpdatedAt:
		return r.UpdatedAt.UTC().Format(UpdatedAtLayout), !r.UpdatedAt.IsZero()
	}
	value, found := r.Metadata[key]
	return value, found
}
