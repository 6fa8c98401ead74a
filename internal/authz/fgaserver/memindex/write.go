package memindex

import (
	"context"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/storage"
)

// followTimeout bounds the reading back of a write. It does not end with the
// request: a write that has been committed must reach memory even if nobody
// waits for it any more.
const followTimeout = 30 * time.Second

// Write implements storage.RelationshipTupleWriter. When it returns nil, the
// write is on disk and every read that starts later sees it. When it fails,
// disk and memory are as they were, or, if the datastore below failed after it
// had committed, both have the write.
func (d *Datastore) Write(ctx context.Context, store string, deletes storage.Deletes, writes storage.Writes, opts ...storage.TupleWriteOption) error {
	if err := d.lock(ctx); err != nil {
		return err
	}
	defer d.unlock()
	err := d.OpenFGADatastore.Write(ctx, store, deletes, writes, opts...)
	d.follow(ctx, store, touched(deletes, writes))
	return err
}

// follow makes memory equal to the disk for the keys of a write, whatever came
// of it: an error does not prove that nothing was committed, and success does
// not say which tuples were there already.
func (d *Datastore) follow(ctx context.Context, store string, keys []Key) {
	before := d.published(store)
	if before == nil || len(keys) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), followTimeout)
	defer cancel()
	after, err := d.reread(ctx, store, before, keys)
	if err != nil {
		// SECURITY: memory may still hold what the disk has revoked. Nobody
		// may read it again; the next read loads the store or fails.
		d.stores.Delete(store)
		d.log.Error("authorization index dropped: a write could not be read back", "store", store, "error", err)
		return
	}
	// SECURITY: published before Write returns, so a revocation that was
	// acknowledged is never answered from an older state.
	d.publish(store, after)
}

func (d *Datastore) reread(ctx context.Context, store string, before *snapshot, keys []Key) (*snapshot, error) {
	found, err := d.source.Lookup(ctx, store, keys)
	if err != nil {
		return nil, err
	}
	there := make(map[Key]*Tuple, len(found))
	for i := range found {
		there[found[i].Key] = &found[i]
	}
	changes := make([]change, 0, len(keys))
	for _, k := range keys {
		changes = append(changes, change{key: k, tuple: there[k]})
	}
	return before.apply(changes)
}

func touched(deletes storage.Deletes, writes storage.Writes) []Key {
	keys := make([]Key, 0, len(deletes)+len(writes))
	for _, d := range deletes {
		keys = append(keys, newKey(d.GetObject(), d.GetRelation(), d.GetUser()))
	}
	for _, w := range writes {
		keys = append(keys, newKey(w.GetObject(), w.GetRelation(), w.GetUser()))
	}
	return keys
}

// CreateStore implements storage.StoresBackend. The new store is loaded at once
// (it is empty, as a rule), so that the first read of it need not.
func (d *Datastore) CreateStore(ctx context.Context, store *openfgav1.Store) (*openfgav1.Store, error) {
	if err := d.lock(ctx); err != nil {
		return nil, err
	}
	defer d.unlock()
	created, err := d.OpenFGADatastore.CreateStore(ctx, store)
	if err != nil {
		return nil, err
	}
	if s, err := d.load(ctx, created.GetId()); err == nil {
		d.publish(created.GetId(), s)
	}
	return created, nil
}

// DeleteStore implements storage.StoresBackend and forgets the store.
func (d *Datastore) DeleteStore(ctx context.Context, store string) error {
	if err := d.lock(ctx); err != nil {
		return err
	}
	defer d.unlock()
	err := d.OpenFGADatastore.DeleteStore(ctx, store)
	d.stores.Delete(store)
	d.latest.Delete(store)
	return err
}

// WriteAssertions implements storage.AssertionsBackend.
func (d *Datastore) WriteAssertions(ctx context.Context, store, model string, assertions []*openfgav1.Assertion) error {
	if err := d.lock(ctx); err != nil {
		return err
	}
	defer d.unlock()
	return d.OpenFGADatastore.WriteAssertions(ctx, store, model, assertions)
}
