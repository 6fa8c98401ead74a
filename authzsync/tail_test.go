package authzsync_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
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

func TestALateDeletionThatShowsTogetherWithALaterOwnWriteIsFoundOut(t *testing.T) {
	f := follow(t)
	commit := f.store.Begin(nil, authztest.Tuples(t, bob))
	f.write(bob)
	commit() // the log has "deleted" in front of "written", and the deletion was last
	f.poll()
	require.False(t, f.has(bob))
}

func TestAChangeThatShowsLateIsSeenAfterALongPause(t *testing.T) {
	f := follow(t, alice)
	commit := f.store.Begin(authztest.Tuples(t, bob), nil)
	f.elsewhere("group:ops#member@user:carol")
	f.poll()
	commit()
	f.clock.Move(time.Hour) // without a look
	f.poll()
	require.True(t, f.has(bob), "the end of the log was taken for settled although nobody had looked behind it")
}

func TestManyChangesAtOnceAreReadAgainOnlyNowAndThen(t *testing.T) {
	f := follow(t)
	for range 12 { // more than a look reads again each time
		f.elsewhere(many(100)...)
		f.elsewhereDelete(many(100)...)
		f.clock.Move(time.Millisecond)
	}
	f.poll()
	f.clock.Move(200 * time.Millisecond)
	f.elsewhere(alice)
	before := f.store.Pages()
	f.poll()
	require.True(t, f.has(alice))
	require.Equal(t, 1, f.store.Pages()-before, "pages read to see one change")
	commit := f.store.Begin(authztest.Tuples(t, bob), nil)
	f.elsewhere("group:ops#member@user:carol")
	f.poll()
	commit()
	f.clock.Move(6 * time.Second)
	f.poll()
	require.True(t, f.has(bob), "no look went back within the overlap")
}

func many(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("group:%d#member@user:alice", i)
	}
	return lines
}

func TestANewModelIsSwappedIn(t *testing.T) {
	f := follow(t, "ticket:a/1#viewer@user:alice", "ticket:a/2#editor@user:alice")
	require.Len(t, allowed(f.index, "user:alice", "viewer", "ticket"), 2)
	f.store.SetModel(parse(t, `
model
  schema 1.1
type user
type ticket
  relations
    define viewer: [user]
    define both: viewer
`))
	require.Empty(t, allowed(f.index, "user:alice", "both", "ticket"))
	f.poll()
	require.Equal(t, []eyeshot.Object{"ticket:a/1"}, allowed(f.index, "user:alice", "both", "ticket"))
	require.Empty(t, allowed(f.index, "user:alice", "editor", "ticket"), "the relation is gone")
	f.store.SetModel(shipped(t))
	f.poll()
	require.Len(t, allowed(f.index, "user:alice", "viewer", "ticket"), 2, "what the model allows again counts again")
}

func TestAPinnedModelStays(t *testing.T) {
	f := follow(t, "ticket:a/1#viewer@user:alice")
	id := f.index.View().ModelID()
	f.index = open(t, f.store, authzsync.Options{Clock: f.clock, ModelID: id})
	f.store.SetModel(parse(t, "model\n  schema 1.1\ntype user\n"))
	f.poll()
	require.Equal(t, id, f.index.View().ModelID())
	require.Len(t, allowed(f.index, "user:alice", "viewer", "ticket"), 1)
}

func TestAModelThatCantBeReadLeavesTheIndexAsItIs(t *testing.T) {
	f := follow(t, alice)
	broken := parse(t, "model\n  schema 1.1\ntype user\n")
	broken.Types["user"].Relations["self"] = &authz.Relation{Name: "self", Rewrite: authz.Computed{Relation: "nobody"}}
	f.store.SetModel(broken)
	asOf := f.index.View().AsOf()
	f.clock.Move(time.Second)
	require.ErrorIs(t, f.index.Poll(t.Context()), eyeshot.ErrInvalid)
	require.True(t, f.has(alice))
	require.Equal(t, asOf, f.index.View().AsOf(), "an index on an old model is not fresh")
}

func TestAStoreThatWasMadeAgainIsReadAnew(t *testing.T) {
	f := follow(t, alice)
	f.store.Recreate(shipped(t))
	f.elsewhere(bob)
	f.poll()
	require.False(t, f.has(alice), "a relationship of the store that was deleted")
	require.True(t, f.has(bob))
}

func TestAStoreThatIsGoneReachesNothing(t *testing.T) {
	f := follow(t, alice)
	f.store.Fail(eyeshot.ErrNotFound)
	require.ErrorIs(t, f.index.Poll(t.Context()), eyeshot.ErrNotFound)
	require.False(t, f.has(alice))
	f.store.Fail(nil)
	f.poll()
	require.True(t, f.has(alice), "the store is back")
}

func TestALogThatRefusesThePlaceIsReadAnew(t *testing.T) {
	f := follow(t, alice)
	f.store.Fail(eyeshot.Invalid("token", "x", "is of no use"))
	require.Error(t, f.index.Poll(t.Context()))
	require.True(t, f.has(alice))
	f.store.Fail(nil)
	f.elsewhere(bob)
	f.poll()
	require.True(t, f.has(bob))
	require.Equal(t, 1, f.index.Stats().Rebuilds)
}

func TestALogThatRefusesThePlaceLeavesTheIndexAsItIsUntilAllIsReadAnew(t *testing.T) {
	f := follow(t, alice)
	f.store.Fail(eyeshot.Invalid("token", "x", "is of no use"))
	require.Error(t, f.index.Poll(t.Context()))
	f.store.Fail(eyeshot.ErrUnavailable)
	require.ErrorIs(t, f.index.Poll(t.Context()), eyeshot.ErrUnavailable)
	require.True(t, f.has(alice))
	require.True(t, f.index.View().Whole())
}

func TestAnIndexThatLostItsStoreSaysThatItIsNotWhole(t *testing.T) {
	f := follow(t, alice)
	require.True(t, f.index.View().Whole())
	f.store.Fail(eyeshot.ErrNotFound)
	for range 2 {
		require.ErrorIs(t, f.index.Poll(t.Context()), eyeshot.ErrNotFound)
		require.False(t, f.index.View().Whole(), "it holds nothing, which is not to say that there is nothing")
	}
	require.NoError(t, f.index.Reorder(t.Context()))
	require.False(t, f.index.View().Whole())
	f.store.Fail(nil)
	f.poll()
	require.True(t, f.index.View().Whole())
}

func TestOwnWritesDuringARebuildAreNotLost(t *testing.T) {
	f := follow(t, alice)
	writer := f.writer()
	f.store.Recreate(shipped(t))
	f.elsewhere(alice, bob)
	f.store.AfterRead(func() {
		require.NoError(t, writer.Write(t.Context(), authztest.Tuples(t, "group:ops#member@user:carol"), authztest.Tuples(t, bob)))
	})
	f.store.Hide(2)
	f.poll()
	require.True(t, f.has("group:ops#member@user:carol"))
	require.False(t, f.has(bob))
	require.True(t, f.has(alice))
}
