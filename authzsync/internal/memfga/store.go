// Package memfga stands in for an OpenFGA store in tests of the permission
// index: it holds relationships and a change log in memory, and does on demand
// what a real one does rarely. It is for tests only.
package memfga

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Store is a store that changes. Its log is in the order of ids that are given
// when a write begins, as OpenFGA's is, so a slow write shows up in the middle.
type Store struct {
	Now func() time.Time // nil: the system's clock

	mu        sync.Mutex
	id        int
	tuples    map[eyeshot.RelationshipKey]eyeshot.Relationship
	log       []entry
	next      int
	models    []*authz.Model
	fail      error
	hidden    int
	onRead    func()
	afterRead func()
	onChanges func()
	reads     int
	pages     int
}

type entry struct {
	id     int
	change authz.Change
}

// New returns an empty store with a model.
func New(model *authz.Model) *Store {
	s := &Store{}
	s.Recreate(model)
	return s
}

// Recreate makes it another store, empty and with an id of its own.
func (s *Store) Recreate(model *authz.Model) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.id++
	s.tuples = map[eyeshot.RelationshipKey]eyeshot.Relationship{}
	s.log, s.models = nil, nil
	s.addModel(model)
}

// SetModel adds a model, which is the latest from then on.
func (s *Store) SetModel(model *authz.Model) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addModel(model)
}

func (s *Store) addModel(model *authz.Model) {
	named := *model
	named.ID = fmt.Sprintf("store %d, model %d", s.id, len(s.models)+1)
	s.models = append(s.models, &named)
}

// Fail makes every read fail with an error from now on; nil ends that.
func (s *Store) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// Hide keeps the last n changes out of the log, as a replica that lags does.
func (s *Store) Hide(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden = n
}

// BeforeRead calls f, once, at the next read of relationships.
func (s *Store) BeforeRead(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onRead = f
}

// AfterRead calls f, once, when the next page of relationships has been taken
// and before it is returned.
func (s *Store) AfterRead(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.afterRead = f
}

// AfterChanges calls f, once, when the next page of the log has been taken and
// before it is returned.
func (s *Store) AfterChanges(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onChanges = f
}

// Reads returns how many pages of relationships were read.
func (s *Store) Reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// Write deletes and writes; what is as asked already is left as it is.
func (s *Store) Write(ctx context.Context, writes, deletes []eyeshot.Relationship) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	commit := s.Begin(writes, deletes)
	commit()
	return nil
}

// Begin begins a write: it takes its place in the log, and shows, in the log
// and in the relationships, when commit is called.
func (s *Store) Begin(writes, deletes []eyeshot.Relationship) (commit func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.next
	s.next += len(writes) + len(deletes)
	at := time.Now()
	if s.Now != nil {
		at = s.Now()
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, r := range deletes {
			s.delete(entry{first + i, authz.Change{Relationship: bare(r), Deleted: true, At: at}})
		}
		for i, r := range writes {
			s.write(entry{first + len(deletes) + i, authz.Change{Relationship: r, At: at}})
		}
	}
}

// bare is a relationship without its condition: deletions come without one.
func bare(r eyeshot.Relationship) eyeshot.Relationship {
	r.Condition = nil
	return r
}

func (s *Store) delete(e entry) {
	key := e.change.Relationship.Key()
	if _, there := s.tuples[key]; there {
		delete(s.tuples, key)
		s.record(e)
	}
}

func (s *Store) write(e entry) {
	key := e.change.Relationship.Key()
	if _, there := s.tuples[key]; !there {
		s.tuples[key] = e.change.Relationship
		s.record(e)
	}
}

// Lose takes a relationship away without a word in the log.
func (s *Store) Lose(key eyeshot.RelationshipKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tuples, key)
}

func (s *Store) record(e entry) {
	at, _ := slices.BinarySearchFunc(s.log, e.id, func(have entry, id int) int { return have.id - id })
	s.log = slices.Insert(s.log, at, e)
}

// ID returns the store's id.
func (s *Store) ID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strconv.Itoa(s.id)
}

// Rewind takes the last n changes out of the log, as restoring a backup does.
func (s *Store) Rewind(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = s.log[:len(s.log)-n]
	s.next = s.log[len(s.log)-1].id + 1
}

// Pages returns how many pages of the log were read.
func (s *Store) Pages() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pages
}
