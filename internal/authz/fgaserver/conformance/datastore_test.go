package conformance

import (
	"context"
	"sync"
	"testing"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/storage"
	storagetest "github.com/openfga/openfga/pkg/storage/test"
	"github.com/stretchr/testify/require"
)

func TestTheDatastoreKeepsOpenFGAsContract(t *testing.T) {
	ds := &counted{OpenFGADatastore: open(t).Datastore(), calls: map[string]int{}}
	storagetest.RunAllTests(t, ds)
	if picky() {
		return
	}
	t.Logf("calls: %v", ds.calls)
	for method, n := range map[string]int{
		"Write": 3000, "Read": 15, "ReadUserTuple": 20, "ReadUsersetTuples": 10, "ReadStartingWithUser": 10,
	} {
		require.GreaterOrEqual(t, ds.calls[method], n, "the suite hardly called %s: did it run?", method)
	}
}

// counted counts the calls that the read index answers or follows.
type counted struct {
	storage.OpenFGADatastore
	mu    sync.Mutex
	calls map[string]int
}

func (c *counted) count(method string) storage.OpenFGADatastore {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[method]++
	return c.OpenFGADatastore
}

// Write implements storage.RelationshipTupleWriter.
func (c *counted) Write(ctx context.Context, store string, d storage.Deletes, w storage.Writes, opts ...storage.TupleWriteOption) error {
	return c.count("Write").Write(ctx, store, d, w, opts...)
}

// Read implements storage.RelationshipTupleReader.
func (c *counted) Read(ctx context.Context, store string, filter storage.ReadFilter, options storage.ReadOptions) (storage.TupleIterator, error) {
	return c.count("Read").Read(ctx, store, filter, options)
}

// ReadUserTuple implements storage.RelationshipTupleReader.
func (c *counted) ReadUserTuple(ctx context.Context, store string, filter storage.ReadUserTupleFilter, options storage.ReadUserTupleOptions) (*openfgav1.Tuple, error) {
	return c.count("ReadUserTuple").ReadUserTuple(ctx, store, filter, options)
}

// ReadUsersetTuples implements storage.RelationshipTupleReader.
func (c *counted) ReadUsersetTuples(ctx context.Context, store string, filter storage.ReadUsersetTuplesFilter, options storage.ReadUsersetTuplesOptions) (storage.TupleIterator, error) {
	return c.count("ReadUsersetTuples").ReadUsersetTuples(ctx, store, filter, options)
}

// ReadStartingWithUser implements storage.RelationshipTupleReader.
func (c *counted) ReadStartingWithUser(ctx context.Context, store string, filter storage.ReadStartingWithUserFilter, options storage.ReadStartingWithUserOptions) (storage.TupleIterator, error) {
	return c.count("ReadStartingWithUser").ReadStartingWithUser(ctx, store, filter, options)
}
