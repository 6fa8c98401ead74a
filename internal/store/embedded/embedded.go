// Package embedded is the store for a laptop, and up to some hundred thousand
// chunks: one SQLite file that keeps everything, and in memory what searching
// takes. Vectors are scanned exactly, under the search's access; keywords are
// ranked by BM25 over the chunks that the access allows, and over no others.
//
// It is no cache: what a call has written is in the file when it returns. It
// wants the file to itself; the caller sees to it that no other process has it
// open. Callers reach it through [store.Service], which validates.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/sqlitedb"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded/dot"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// FileName is the store's file within its directory.
const FileName = "index.db"

// Config says where the store is.
type Config struct {
	// Dir is the data directory; it must exist.
	Dir string
	// Workers bounds the processors that one search uses; 0 means all.
	Workers int
}

// Store is an open embedded store. It is safe for concurrent use: searches never
// wait for writers, and writers never for searches or open cursors. Writes come
// one at a time.
type Store struct {
	db        *sqlitedb.DB
	kernel    dot.Kernel
	tokenizer *keyword.Tokenizer
	workers   int
	memory    memory

	writing chan struct{} // holds one token while somebody writes

	mu      sync.RWMutex
	tenants map[string]*tenant
	closed  bool
}

var _ store.Driver = (*Store)(nil)

// errStoreClosed answers every call after Close.
var errStoreClosed = fmt.Errorf("%w: the store is closed", eyeshot.ErrUnavailable)

// Open opens the store and loads it into memory. It fails with
// [eyeshot.ErrConflict] where the file is damaged or of a newer version.
func Open(ctx context.Context, config Config) (*Store, error) {
	db, err := sqlitedb.Open(ctx, sqlitedb.Config{
		Path:          filepath.Join(config.Dir, FileName),
		ApplicationID: applicationID,
		Migrations:    migrations(),
	})
	if err != nil {
		return nil, fmt.Errorf("embedded store: %w", err)
	}
	workers := config.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	s := &Store{
		db: db, kernel: dot.Best(), tokenizer: keyword.NewTokenizer(), workers: workers,
		writing: make(chan struct{}, 1), tenants: map[string]*tenant{},
	}
	if err := s.load(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("embedded store: load %s: %w", filepath.Join(config.Dir, FileName), sqlitedb.Classify(err)), db.Close())
	}
	return s, nil
}

// Close waits for the write under way and closes the file. Cursors that are
// open stay usable: they read memory alone.
func (s *Store) Close() error {
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	s.mu.Lock()
	closed := s.closed
	s.closed, s.tenants = true, nil
	s.mu.Unlock()
	if closed {
		return nil
	}
	return s.db.Close()
}

// tenant returns a tenant's index, nil where it was not prepared.
func (s *Store) tenant(name string) (*tenant, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, errStoreClosed
	}
	return s.tenants[name], nil
}

// setTenant adds a tenant's index, or removes it where it is nil.
func (s *Store) setTenant(name string, t *tenant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t == nil {
		delete(s.tenants, name)
		return
	}
	s.tenants[name] = t
}

// lockWrites lets one write through at a time.
func (s *Store) lockWrites(ctx context.Context) (unlock func(), err error) {
	select {
	case s.writing <- struct{}{}:
		return func() { <-s.writing }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for another write: %w", ctx.Err())
	}
}
