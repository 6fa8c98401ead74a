package memindex

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/storage"
)

// Datastore is an OpenFGA datastore whose tuple reads are answered from memory.
// What is not named here (ReadPage, ReadChanges, stores, assertions) is the
// datastore's below: those are paged by what only the disk has.
//
// It is safe for concurrent use. It must be the only writer of the datastore
// below.
type Datastore struct {
	storage.OpenFGADatastore
	source Source
	log    *slog.Logger

	// stores maps a store's id to its *atomic.Pointer[snapshot]. Reading a
	// snapshot takes no lock, so a reader never waits for a writer.
	stores sync.Map
	// writing holds one token: whoever has it may write to the datastore below
	// and publish what came of it. SQL's commit order is therefore the order
	// in which readers see the writes.
	writing chan struct{}
	latest  sync.Map // store id to the newest *openfgav1.AuthorizationModel
}

var _ storage.OpenFGADatastore = (*Datastore)(nil)

// New returns an index in front of inner, which it owns from then on, and of
// which source reads the tuples. It loads all tuples of all stores that are not
// deleted, and fails if that fails. log may be nil.
func New(ctx context.Context, inner storage.OpenFGADatastore, source Source, log *slog.Logger) (*Datastore, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	d := &Datastore{OpenFGADatastore: inner, source: source, log: log, writing: make(chan struct{}, 1)}
	builders := map[string]*builder{}
	err := source.Stores(ctx, func(store string, t Tuple) error {
		b := builders[store]
		if b == nil {
			b = newBuilder()
			builders[store] = b
		}
		return b.add(t)
	})
	if err != nil {
		return nil, fmt.Errorf("load the tuples of all stores: %w", err)
	}
	for store, b := range builders {
		d.publish(store, b.snapshot())
		delete(builders, store)
	}
	return d, nil
}

// Read implements storage.RelationshipTupleReader.
func (d *Datastore) Read(ctx context.Context, store string, filter storage.ReadFilter, _ storage.ReadOptions) (storage.TupleIterator, error) {
	v, err := d.view(ctx, store)
	if err != nil {
		return nil, err
	}
	return newIterator(v.snapshot.read(filter), false), nil
}

// ReadUserTuple implements storage.RelationshipTupleReader.
func (d *Datastore) ReadUserTuple(ctx context.Context, store string, filter storage.ReadUserTupleFilter, _ storage.ReadUserTupleOptions) (*openfgav1.Tuple, error) {
	v, err := d.view(ctx, store)
	if err != nil {
		return nil, err
	}
	return v.snapshot.userTuple(filter)
}

// ReadUsersetTuples implements storage.RelationshipTupleReader. What it may
// leave out in a pinned context, [Pin] says.
func (d *Datastore) ReadUsersetTuples(ctx context.Context, store string, filter storage.ReadUsersetTuplesFilter, _ storage.ReadUsersetTuplesOptions) (storage.TupleIterator, error) {
	v, err := d.view(ctx, store)
	if err != nil {
		return nil, err
	}
	c := v.snapshot.usersetTuples(filter)
	if v.reach != nil {
		r := v.reach()
		c = filtered{c, func(t *table, e edge) bool { return r.has(t.names, t.names.text(e.user())) }}
	}
	return newIterator(c, false), nil
}

// ReadStartingWithUser implements storage.RelationshipTupleReader. The tuples
// are always sorted by object id.
func (d *Datastore) ReadStartingWithUser(ctx context.Context, store string, filter storage.ReadStartingWithUserFilter, _ storage.ReadStartingWithUserOptions) (storage.TupleIterator, error) {
	v, err := d.view(ctx, store)
	if err != nil {
		return nil, err
	}
	return newIterator(v.snapshot.startingWithUser(filter), true), nil
}

// current returns the newest published snapshot of the store, and reads it from
// the source if there is none.
func (d *Datastore) current(ctx context.Context, store string) (*snapshot, error) {
	if s := d.published(store); s != nil {
		return s, nil
	}
	if err := d.lock(ctx); err != nil {
		return nil, err
	}
	defer d.unlock()
	if s := d.published(store); s != nil {
		return s, nil
	}
	s, err := d.load(ctx, store)
	if err != nil {
		return nil, err
	}
	// An id that no store has must not stay in memory for having been asked.
	if s.tuples > 0 {
		d.publish(store, s)
	}
	return s, nil
}

func (d *Datastore) load(ctx context.Context, store string) (*snapshot, error) {
	b := newBuilder()
	if err := d.source.Store(ctx, store, b.add); err != nil {
		return nil, fmt.Errorf("load the tuples of store %s: %w", store, err)
	}
	return b.snapshot(), nil
}

func (d *Datastore) published(store string) *snapshot {
	p, ok := d.stores.Load(store)
	if !ok {
		return nil
	}
	return p.(*atomic.Pointer[snapshot]).Load()
}

// publish makes s what all reads from now on see. The caller holds the lock,
// or is alone.
func (d *Datastore) publish(store string, s *snapshot) {
	p, _ := d.stores.LoadOrStore(store, new(atomic.Pointer[snapshot]))
	p.(*atomic.Pointer[snapshot]).Store(s)
}

func (d *Datastore) lock(ctx context.Context) error {
	select {
	case d.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *Datastore) unlock() { <-d.writing }
