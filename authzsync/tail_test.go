package authzsync_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

const (
	alice = "group:eng#member@user:alice"
	bob   = "group:eng#member@user:bob"
)

func TestAChangeThatShowsLateIsSeenWithinTheOverlap(t *testing.T) {
	f := follow(t, alice)
	commit := f.store.Begin(authztest.Tuples(t, bob), nil)
	f.elsewhere("group:ops#member@user:carol")
	f.clock.Move(time.Second)
	f.poll()
	commit()
	f.clock.Move(8 * time.Second)
	f.poll()
	require.True(t, f.has(bob), "a write that committed after a later one is missing")
}

func TestALateChangeIsSeenAfterTheIndexWasOpenedBetweenItsBeginAndItsCommit(t *testing.T) {
	f := follow(t, alice)
	commit := f.store.Begin(authztest.Tuples(t, bob), nil)
	f.elsewhere("group:ops#member@user:carol")
	f.index = open(t, f.store, authzsync.Options{Clock: f.clock})
	commit()
	f.clock.Move(time.Second)
	f.poll()
	require.True(t, f.has(bob))
}

func TestALateDeletionIsNotUndoneByTheWriteThatTheLogHasBehindIt(t *testing.T) {
	f := follow(t, alice)
	commit := f.store.Begin(nil, authztest.Tuples(t, bob)) // takes its place in the log
	f.elsewhere(bob)
	f.poll()
	require.True(t, f.has(bob))
	commit() // and deletes what was written after that
	f.clock.Move(time.Second)
	f.poll()
	require.False(t, f.has(bob), "the log's order was taken for the order of the commits")
}

func TestAReplayedPageChangesNothing(t *testing.T) {
	f := follow(t, alice)
	f.elsewhere(bob)
	f.elsewhereDelete(bob)
	f.elsewhere(bob)
	f.elsewhereDelete(alice)
	f.poll()
	applied := f.index.Stats().Applied
	for range 5 {
		f.clock.Move(time.Second)
		f.poll()
	}
	require.True(t, f.has(bob))
	require.False(t, f.has(alice))
	require.Equal(t, applied, f.index.Stats().Applied, "reading the same changes again applied something")
}

func TestADeletionWithoutItsConditionRemovesTheConditionalRelationship(t *testing.T) {
	const grant = "ticket:a/1#delegated_read@delegation:alice~bot"
	f := follow(t, grant+` with unexpired {"expires_at":"2030-01-01T00:00:00Z"}`)
	require.True(t, f.has(grant))
	f.elsewhereDelete(grant)
	f.poll()
	require.False(t, f.has(grant))
}

func TestAnOldWriteInTheLogDoesNotBringBackWhatWasDeletedSince(t *testing.T) {
	f := follow(t)
	f.elsewhere(alice)
	f.store.AfterChanges(func() { f.delete(alice) }) // the page says "written", and is on its way
	f.poll()
	require.False(t, f.has(alice))
}

func TestAnOldDeletionInTheLogDoesNotRemoveWhatWasWrittenSince(t *testing.T) {
	f := follow(t, alice)
	f.elsewhereDelete(alice)
	f.store.AfterChanges(func() { f.write(alice) })
	f.poll()
	require.True(t, f.has(alice))
}

func TestAReplicaThatLagsDoesNotUndoOwnWrites(t *testing.T) {
	f := follow(t)
	f.elsewhere(alice, bob)
	f.delete(alice)
	f.store.Hide(1) // the log doesn't show the deletion yet
	f.poll()
	require.True(t, f.has(bob))
	require.False(t, f.has(alice))
	f.store.Hide(0)
	f.poll()
	require.False(t, f.has(alice))
}

func TestAForeignChangeAfterAnOwnWriteOfTheSameRelationshipIsSeen(t *testing.T) {
	f := follow(t)
	f.write(alice)
	f.elsewhereDelete(alice)
	f.poll()
	require.False(t, f.has(alice))
	require.Equal(t, 1, f.index.Stats().Asked, "the log and an own write differ: OpenFGA should be asked once")
}

// slowTarget is a store whose answers take their time.
type slowTarget struct {
	authzsync.Target
	meanwhile func()
}

func (s slowTarget) Write(ctx context.Context, writes, deletes []eyeshot.Relationship) error {
	err := s.Target.Write(ctx, writes, deletes)
	s.meanwhile()
	return err
}

func TestAForeignChangeWhileAnOwnWriteIsOnItsWayBackIsNotUndone(t *testing.T) {
	f := follow(t)
	writer := authzsync.NewWriter(slowTarget{f.store, func() {
		f.elsewhereDelete(alice)
		f.poll()
	}}, f.index)
	require.NoError(t, writer.Write(t.Context(), authztest.Tuples(t, alice), nil))
	require.False(t, f.has(alice), "the own write is older than the deletion that the log showed")
}

func TestAWriteWhoseAnswerWasLostIsFoundOut(t *testing.T) {
	f := follow(t, bob)
	writer := authzsync.NewWriter(lossyTarget{f.store}, f.index)
	require.Error(t, writer.Write(t.Context(), authztest.Tuples(t, alice), authztest.Tuples(t, bob)))
	f.store.Hide(2)
	f.poll()
	require.True(t, f.has(alice))
	require.False(t, f.has(bob))
}

// lossyTarget does what it is told and says that it couldn't.
type lossyTarget struct{ authzsync.Target }

func (l lossyTarget) Write(ctx context.Context, writes, deletes []eyeshot.Relationship) error {
	return errors.Join(l.Target.Write(ctx, writes, deletes), eyeshot.ErrUnavailable)
}
