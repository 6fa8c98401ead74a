package memindex

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openfga/openfga/pkg/storage"
)

// TestARequestSeesAllOfAWriteOrNothing moves one user between two documents and
// lets readers look at both.
func TestARequestSeesAllOfAWriteOrNothing(t *testing.T) {
	places := []string{"doc:1#viewer@user:a", "doc:2#viewer@user:a"}
	_, d := seeded(t, places[0])
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				ctx := Pin(context.Background(), "")
				first, err1 := there(ctx, d, places[0])
				second, err2 := there(ctx, d, places[1])
				if err1 != nil || err2 != nil || first == second {
					t.Errorf("in the first place: %v %v, in the second: %v %v", first, err1, second, err2)
					return
				}
			}
		})
	}
	for n := range 300 {
		from, to := places[n%2], places[(n+1)%2]
		require.NoError(t, d.Write(context.Background(), store, storage.Deletes{without(from)}, storage.Writes{key(to)}))
	}
	close(done)
	readers.Wait()
}

func TestAnIteratorGoesOnInTheStateItBeganIn(t *testing.T) {
	_, d := seeded(t, "doc:2#viewer@user:0")
	ctx := context.Background()
	for n := range 200 {
		write(t, d, fmt.Sprintf("doc:1#viewer@user:%d", n))
	}
	it, err := d.Read(ctx, store, storage.ReadFilter{Object: "doc:1", Relation: "viewer"}, storage.ReadOptions{})
	require.NoError(t, err)
	defer it.Stop()
	for n := range 200 {
		require.NoError(t, d.Write(ctx, store, storage.Deletes{without(fmt.Sprintf("doc:1#viewer@user:%d", n))}, nil))
		_, err := it.Next(ctx)
		require.NoError(t, err, "tuple %d", n)
	}
	_, err = it.Next(ctx)
	require.ErrorIs(t, err, storage.ErrIteratorDone)
	requireThere(t, d, false, "doc:1#viewer@user:0")
}

func TestAStoppedIteratorIsDone(t *testing.T) {
	_, d := seeded(t, "doc:1#viewer@user:1", "doc:1#viewer@user:2")
	ctx := context.Background()
	it, err := d.Read(ctx, store, storage.ReadFilter{Object: "doc:1", Relation: "viewer"}, storage.ReadOptions{})
	require.NoError(t, err)
	_, err = it.Head(ctx)
	require.NoError(t, err)
	it.Stop()
	_, err = it.Next(ctx)
	require.ErrorIs(t, err, storage.ErrIteratorDone)
}

func TestAReadUnderACancelledContextFails(t *testing.T) {
	_, d := seeded(t, "doc:1#viewer@user:1")
	ctx, cancel := context.WithCancel(context.Background())
	it, err := d.Read(ctx, store, storage.ReadFilter{Object: "doc:1", Relation: "viewer"}, storage.ReadOptions{})
	require.NoError(t, err)
	defer it.Stop()
	cancel()
	_, err = it.Next(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = there(ctx, d, "doc:1#viewer@user:1")
	require.ErrorIs(t, err, context.Canceled)
}

func TestARebuiltIndexHoldsTheSameTuplesAndForgetsDeadNames(t *testing.T) {
	b := newBuilder()
	for n := range 100 {
		require.NoError(t, b.add(Tuple{Key: Key{fmt.Sprintf("doc:%d", n), "viewer", fmt.Sprintf("group:%d#member", n)}, Userset: true}))
	}
	s := b.snapshot()
	var gone []change
	for n := range 90 {
		gone = append(gone, change{key: Key{fmt.Sprintf("doc:%d", n), "viewer", fmt.Sprintf("group:%d#member", n)}})
	}
	s, err := s.apply(gone)
	require.NoError(t, err)
	rebuilt, err := s.rebuild()
	require.NoError(t, err)
	require.Equal(t, 10, rebuilt.tuples)
	require.Equal(t, 1+2*10, rebuilt.names.len())
	_, err = rebuilt.userTuple(storage.ReadUserTupleFilter{Object: "doc:95", Relation: "viewer", User: "group:95#member"})
	require.NoError(t, err)
	_, err = rebuilt.userTuple(storage.ReadUserTupleFilter{Object: "doc:5", Relation: "viewer", User: "group:5#member"})
	require.ErrorIs(t, err, storage.ErrNotFound)
}
