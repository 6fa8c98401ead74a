package reference

import (
	"context"
	"fmt"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// read returns a tenant's documents; there are none where there is no index.
func (s *Store) read(name string) (t tenant, done func()) {
	s.mu.RLock()
	if found := s.tenants[name]; found != nil {
		t = *found
	}
	return t, s.mu.RUnlock
}

// Document implements [store.Reader].
func (s *Store) Document(_ context.Context, name string, object eyeshot.Object) (store.Record, error) {
	t, done := s.read(name)
	defer done()
	record, found := t.documents[object]
	if !found {
		return store.Record{}, fmt.Errorf("document %s: %w", object, eyeshot.ErrNotFound)
	}
	record = clone(record)
	record.Readers = nil
	for i := range record.Chunks {
		record.Chunks[i].Vector = nil
	}
	return record, nil
}

// Passages implements [store.Reader].
func (s *Store) Passages(_ context.Context, name string, refs []eyeshot.ChunkRef) ([]store.Passage, error) {
	t, done := s.read(name)
	defer done()
	var passages []store.Passage
	for _, ref := range refs {
		record := clone(t.documents[ref.Object])
		if ref.N < 0 || ref.N >= len(record.Chunks) {
			continue
		}
		chunk := record.Chunks[ref.N]
		passages = append(passages, store.Passage{
			Ref: ref, Heading: chunk.Heading, Text: chunk.Text,
			Title: record.Title, URL: record.URL, Metadata: record.Metadata, UpdatedAt: record.UpdatedAt, Hash: record.Hash,
		})
	}
	return passages, nil
}

// Hashes implements [store.Reader].
func (s *Store) Hashes(_ context.Context, name string, objects []eyeshot.Object) (map[eyeshot.Object]string, error) {
	t, done := s.read(name)
	defer done()
	hashes := map[eyeshot.Object]string{}
	for _, object := range objects {
		if record, found := t.documents[object]; found {
			hashes[object] = record.Hash
		}
	}
	return hashes, nil
}

// Objects implements [store.Reader].
func (s *Store) Objects(_ context.Context, name string, after eyeshot.Object, limit int) ([]eyeshot.Object, error) {
	t, done := s.read(name)
	defer done()
	var objects []eyeshot.Object
	for object := range t.documents {
		if object > after {
			objects = append(objects, object)
		}
	}
	slices.Sort(objects)
	return objects[:min(limit, len(objects))], nil
}

// Export implements [store.Exporter].
func (s *Store) Export(ctx context.Context, name string, after eyeshot.Object, limit int) ([]store.Record, error) {
	objects, err := s.Objects(ctx, name, after, limit)
	t, done := s.read(name)
	defer done()
	var records []store.Record
	for _, object := range objects {
		records = append(records, clone(t.documents[object]))
	}
	return records, err
}

// Readers implements [store.Exporter].
func (s *Store) Readers(ctx context.Context, name string, after eyeshot.Object, limit int) ([]store.DocumentReaders, error) {
	records, err := s.Export(ctx, name, after, limit)
	var all []store.DocumentReaders
	for _, record := range records {
		all = append(all, store.DocumentReaders{Object: record.Object, Readers: record.Readers})
	}
	return all, err
}

// Stats implements [store.Reader].
func (s *Store) Stats(_ context.Context, name string) (store.Stats, error) {
	t, done := s.read(name)
	defer done()
	stats := store.Stats{Documents: len(t.documents), Model: t.model}
	for _, record := range t.documents {
		stats.Chunks += len(record.Chunks)
	}
	return stats, nil
}
