package memindex

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/storage"
)

const (
	oldTuple = "doc:1#viewer@user:old"
	newTuple = "doc:1#viewer@user:new"
)

var errDisk = errors.New("disk on fire")

func replaceOld(ctx context.Context, d storage.OpenFGADatastore) error {
	return d.Write(ctx, store, storage.Deletes{without(oldTuple)}, storage.Writes{key(newTuple)})
}

func TestAWriteIsSeenByTheNextRead(t *testing.T) {
	_, d := seeded(t, oldTuple)
	requireThere(t, d, true, oldTuple)
	require.NoError(t, replaceOld(context.Background(), d))
	requireThere(t, d, false, oldTuple)
	requireThere(t, d, true, newTuple)
}

func TestAWriteThatFailsOnDiskLeavesMemoryAsItWas(t *testing.T) {
	disk, d := seeded(t, oldTuple)
	disk.beforeWrite = func(context.Context) error { return errDisk }
	require.ErrorIs(t, replaceOld(context.Background(), d), errDisk)
	requireThere(t, d, true, oldTuple)
	requireThere(t, d, false, newTuple)
}

func TestAWriteThatFailsAfterItsCommitIsFollowed(t *testing.T) {
	disk, d := seeded(t, oldTuple)
	disk.afterWrite = func() error { return errDisk }
	require.ErrorIs(t, replaceOld(context.Background(), d), errDisk)
	requireThere(t, d, false, oldTuple)
	requireThere(t, d, true, newTuple)
}

func TestARevocationThatCannotBeReadBackIsNotAnsweredFromMemory(t *testing.T) {
	disk, d := seeded(t, oldTuple)
	disk.read = func() error { return errDisk }
	require.NoError(t, replaceOld(context.Background(), d), "the disk has it")
	_, err := there(context.Background(), d, oldTuple)
	require.ErrorIs(t, err, errDisk, "nobody knows: no access")
	disk.read = nil
	requireThere(t, d, false, oldTuple)
	requireThere(t, d, true, newTuple)
}

func TestACancelledWriterStillLeavesMemoryAndDiskEqual(t *testing.T) {
	disk, d := seeded(t, oldTuple)
	ctx, cancel := context.WithCancel(context.Background())
	disk.afterWrite = func() error { cancel(); return ctx.Err() }
	require.ErrorIs(t, replaceOld(ctx, d), context.Canceled)
	requireThere(t, d, false, oldTuple)
	requireThere(t, d, true, newTuple)
}

func TestAWriterThatWaitsForAnotherGivesUpWithItsContext(t *testing.T) {
	disk, d := seeded(t, oldTuple)
	begun, release := make(chan struct{}), make(chan struct{})
	disk.beforeWrite = func(context.Context) error { close(begun); <-release; return nil }
	done := make(chan error)
	go func() { done <- replaceOld(context.Background(), d) }()
	<-begun
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, replaceOld(ctx, d), context.Canceled)
	close(release)
	require.NoError(t, <-done)
}

func TestReadersDoNotWaitForAWriteThatWaitsForTheDisk(t *testing.T) {
	disk, d := seeded(t, oldTuple)
	begun, release := make(chan struct{}), make(chan struct{})
	disk.beforeWrite = func(context.Context) error { close(begun); <-release; return nil }
	done := make(chan error)
	go func() { done <- replaceOld(context.Background(), d) }()
	<-begun
	requireThere(t, d, true, oldTuple) // this would hang
	requireThere(t, d, false, newTuple)
	close(release)
	require.NoError(t, <-done)
	requireThere(t, d, true, newTuple)
}

func TestOpeningFailsWhenTheTuplesCannotBeRead(t *testing.T) {
	disk := newDisk()
	disk.read = func() error { return errDisk }
	_, err := New(context.Background(), disk, disk, nil)
	require.ErrorIs(t, err, errDisk)
}

func TestADeletedStoreIsForgotten(t *testing.T) {
	_, d := seeded(t, oldTuple)
	requireThere(t, d, true, oldTuple)
	require.NoError(t, d.DeleteStore(context.Background(), store))
	require.Nil(t, d.published(store))
}

func TestAnUnknownStoreTakesNoMemory(t *testing.T) {
	d := openIndex(t, newDisk())
	requireThere(t, d, false, oldTuple)
	require.Nil(t, d.published(store))
}

func TestTheNewestModelIsKeptUntilAnotherIsWritten(t *testing.T) {
	d := openIndex(t, newDisk())
	ctx := context.Background()
	_, err := d.FindLatestAuthorizationModel(ctx, store)
	require.ErrorIs(t, err, storage.ErrNotFound)
	for _, id := range []string{"01A", "01B"} {
		model := &openfgav1.AuthorizationModel{Id: id, SchemaVersion: "1.1", TypeDefinitions: []*openfgav1.TypeDefinition{{Type: "user"}}}
		require.NoError(t, d.WriteAuthorizationModel(ctx, store, model))
		for range 2 {
			got, err := d.FindLatestAuthorizationModel(ctx, store)
			require.NoError(t, err)
			require.Equal(t, id, got.GetId())
		}
	}
}
