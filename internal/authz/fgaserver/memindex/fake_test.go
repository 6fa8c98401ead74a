package memindex

import (
	"context"
	"errors"
	"testing"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/storage"
	"github.com/openfga/openfga/pkg/storage/memory"
	"github.com/openfga/openfga/pkg/tuple"
	"github.com/stretchr/testify/require"
)

const store = "store"

// disk is OpenFGA's datastore in memory, read back as a [Source], with faults.
type disk struct {
	storage.OpenFGADatastore

	beforeWrite func(context.Context) error // fails before anything is written
	afterWrite  func() error                // fails after all is written
	read        func() error                // fails the Source
}

func newDisk() *disk { return &disk{OpenFGADatastore: memory.New()} }

func (d *disk) Write(ctx context.Context, store string, deletes storage.Deletes, writes storage.Writes, opts ...storage.TupleWriteOption) error {
	if d.beforeWrite != nil {
		if err := d.beforeWrite(ctx); err != nil {
			return err
		}
	}
	if err := d.OpenFGADatastore.Write(ctx, store, deletes, writes, opts...); err != nil {
		return err
	}
	if d.afterWrite != nil {
		return d.afterWrite()
	}
	return nil
}

func (d *disk) Stores(ctx context.Context, yield func(string, Tuple) error) error {
	return d.Store(ctx, store, func(t Tuple) error { return yield(store, t) })
}

func (d *disk) Store(ctx context.Context, store string, yield func(Tuple) error) error {
	if d.read != nil {
		if err := d.read(); err != nil {
			return err
		}
	}
	it, err := d.OpenFGADatastore.Read(ctx, store, storage.ReadFilter{}, storage.ReadOptions{})
	if err != nil {
		return err
	}
	defer it.Stop()
	for {
		t, err := it.Next(ctx)
		if errors.Is(err, storage.ErrIteratorDone) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := yield(fromProto(t)); err != nil {
			return err
		}
	}
}

func (d *disk) Lookup(ctx context.Context, store string, keys []Key) ([]Tuple, error) {
	wanted := map[Key]bool{}
	for _, k := range keys {
		wanted[k] = true
	}
	var found []Tuple
	err := d.Store(ctx, store, func(t Tuple) error {
		if wanted[t.Key] {
			found = append(found, t)
		}
		return nil
	})
	return found, err
}

func fromProto(t *openfgav1.Tuple) Tuple {
	k := t.GetKey()
	return Tuple{
		Key:       Key{Object: k.GetObject(), Relation: k.GetRelation(), User: k.GetUser()},
		Userset:   tuple.GetUserTypeFromUser(k.GetUser()) == tuple.UserSet,
		Condition: k.GetCondition(),
		WrittenAt: t.GetTimestamp().AsTime().Truncate(time.Millisecond),
	}
}

func openIndex(t *testing.T, d *disk) *Datastore {
	t.Helper()
	ds, err := New(context.Background(), d, d, nil)
	require.NoError(t, err)
	return ds
}

// seeded opens an index over a disk that holds the tuples, and has them loaded.
func seeded(t *testing.T, tuples ...string) (*disk, *Datastore) {
	t.Helper()
	d := newDisk()
	write(t, d, tuples...)
	return d, openIndex(t, d)
}

func key(s string) *openfgav1.TupleKey { return tuple.MustParseTupleString(s) }

func without(s string) *openfgav1.TupleKeyWithoutCondition {
	return tuple.TupleKeyToTupleKeyWithoutCondition(key(s))
}

func write(t *testing.T, d storage.OpenFGADatastore, tuples ...string) {
	t.Helper()
	require.NoError(t, d.Write(context.Background(), store, nil, tuple.MustParseTupleStrings(tuples...)))
}

// there reports whether a read under ctx finds the tuple.
func there(ctx context.Context, d storage.OpenFGADatastore, s string) (bool, error) {
	k := key(s)
	_, err := d.ReadUserTuple(ctx, store, storage.ReadUserTupleFilter{Object: k.Object, Relation: k.Relation, User: k.User}, storage.ReadUserTupleOptions{})
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func requireThere(t *testing.T, d storage.OpenFGADatastore, want bool, s string) {
	t.Helper()
	got, err := there(context.Background(), d, s)
	require.NoError(t, err)
	require.Equal(t, want, got, "%s", s)
}
