// Package reference is the store that all others are compared with: maps, loops
// and sorts, nothing remembered from one search to the next, so that one sees at
// a glance that it is right. It keeps everything in memory, loses it at the end,
// and is slow: it is for tests alone.
package reference

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// Store is a reference store. It is safe for concurrent use.
type Store struct {
	tokenizer *keyword.Tokenizer
	mu        sync.RWMutex
	tenants   map[string]*tenant
}

type tenant struct {
	model     store.EmbeddingModel
	documents map[eyeshot.Object]store.Record
}

var _ store.Driver = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	return &Store{tokenizer: keyword.NewTokenizer(), tenants: map[string]*tenant{}}
}

// Close implements [store.Driver]; it keeps what is in the store.
func (s *Store) Close() error { return nil }

// Capabilities implements [store.Driver]: it has all ways, readers too.
func (s *Store) Capabilities() store.Capabilities {
	return store.Capabilities{Name: "reference", Ways: []store.Way{store.Exact, store.Filtered, store.Unfiltered}, Readers: true}
}

// Prepare implements [store.Writer].
func (s *Store) Prepare(_ context.Context, name string, model store.EmbeddingModel) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tenants[name]
	if t != nil && t.model != model {
		return fmt.Errorf("%w: the index was made with %v, not with %v", eyeshot.ErrConflict, t.model, model)
	}
	if t == nil {
		s.tenants[name] = &tenant{model: model, documents: map[eyeshot.Object]store.Record{}}
	}
	return nil
}

// Upsert implements [store.Writer].
func (s *Store) Upsert(_ context.Context, name string, records []store.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tenants[name]
	if t == nil {
		return fmt.Errorf("%w: the tenant has no index", eyeshot.ErrConflict)
	}
	for _, record := range records {
		for _, chunk := range record.Chunks {
			if len(chunk.Vector) != t.model.Dimension {
				return eyeshot.Invalid("vector", fmt.Sprint(len(chunk.Vector)), fmt.Sprintf("must have %d dimensions", t.model.Dimension))
			}
		}
	}
	for _, record := range records {
		t.documents[record.Object] = clone(record)
	}
	return nil
}

// clone copies what the caller could still change.
func clone(record store.Record) store.Record {
	record.Metadata = maps.Clone(record.Metadata)
	for key, value := range record.Metadata {
		if list, isList := value.([]string); isList {
			record.Metadata[key] = slices.Clone(list)
		}
	}
	record.Readers = slices.Clone(record.Readers)
	record.Chunks = slices.Clone(record.Chunks)
	for i := range record.Chunks {
		record.Chunks[i].Vector = slices.Clone(record.Chunks[i].Vector)
	}
	return record
}

// Delete implements [store.Writer].
func (s *Store) Delete(_ context.Context, name string, objects []eyeshot.Object) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, object := range objects {
		if t := s.tenants[name]; t != nil {
			delete(t.documents, object)
		}
	}
	return nil
}

// DropIndex implements [store.Writer].
func (s *Store) DropIndex(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tenants, name)
	return nil
}

// SetReaders implements [store.Writer].
func (s *Store) SetReaders(_ context.Context, name string, all []store.DocumentReaders) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range all {
		t := s.tenants[name]
		if t == nil {
			return nil
		}
		if record, found := t.documents[one.Object]; found {
			record.Readers = slices.Clone(one.Readers)
			t.documents[one.Object] = record
		}
	}
	return nil
}
