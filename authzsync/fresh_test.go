package authzsync_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
)

func TestTheAgeGrowsWhileTheServerIsAwayAndTheIndexGoesOnAnswering(t *testing.T) {
	f := follow(t, alice)
	require.Zero(t, f.index.Age())
	f.store.Fail(eyeshot.ErrUnavailable)
	f.clock.Move(time.Minute)
	require.ErrorIs(t, f.index.Poll(t.Context()), eyeshot.ErrUnavailable)
	require.Equal(t, time.Minute, f.index.Age())
	require.True(t, f.has(alice))
	f.store.Fail(nil)
	f.elsewhereDelete(alice)
	f.poll()
	require.Zero(t, f.index.Age())
	require.False(t, f.has(alice))
}

func TestAnIndexThatIsYoungEnoughIsNotWaitedFor(t *testing.T) {
	f := follow(t, alice)
	f.clock.Move(time.Second)
	f.store.Fail(eyeshot.ErrUnavailable) // a look would fail
	require.NoError(t, f.index.WaitFresh(t.Context(), time.Second))
}

func TestWaitingForAFreshIndexBringsInWhatWasWrittenBefore(t *testing.T) {
	f := follow(t)
	f.elsewhere(alice)
	f.clock.Move(time.Second)
	require.NoError(t, f.index.WaitFresh(t.Context(), 0))
	require.True(t, f.has(alice))
	require.Zero(t, f.index.Age())
}

func TestAnIndexThatCantBeMadeFreshSaysSo(t *testing.T) {
	f := follow(t)
	f.clock.Move(10 * time.Second)
	f.store.Fail(eyeshot.ErrUnavailable)
	require.ErrorIs(t, f.index.WaitFresh(t.Context(), 5*time.Second), eyeshot.ErrUnavailable)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	f.store.Fail(nil)
	require.ErrorIs(t, f.index.WaitFresh(canceled, 5*time.Second), context.Canceled)
}

func TestWhoWaitsForAFreshIndexWaitsNoLongerThanItsContext(t *testing.T) {
	f := follow(t, alice)
	reading, goOn, polled := make(chan struct{}), make(chan struct{}), make(chan error)
	f.store.AfterChanges(func() { close(reading); <-goOn })
	f.clock.Move(time.Minute)
	go func() { polled <- f.index.Poll(context.Background()) }()
	<-reading
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	waited := make(chan error, 1)
	go func() { waited <- f.index.WaitFresh(ctx, time.Second) }()
	select {
	case err := <-waited:
		require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	case <-time.After(10 * time.Second):
		t.Error("it waits for a look that does not end")
	}
	close(goOn)
	require.NoError(t, <-polled)
}

func TestRunLooksAtTheLogAtEveryInterval(t *testing.T) {
	f := follow(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- f.index.Run(ctx) }()
	f.elsewhere(alice)
	for !f.has(alice) {
		<-f.clock.Armed()
		f.clock.Move(200 * time.Millisecond)
	}
	cancel()
	f.clock.Move(time.Hour)
	require.NoError(t, <-ended)
}

func TestRunSurvivesAnOutage(t *testing.T) {
	f := follow(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	f.store.Fail(eyeshot.ErrUnavailable)
	go func() { ended <- f.index.Run(ctx) }()
	for range 10 {
		<-f.clock.Armed()
		f.clock.Move(5 * time.Second)
	}
	require.Greater(t, f.index.Age(), 30*time.Second)
	f.store.Fail(nil)
	f.elsewhere(alice)
	for !f.has(alice) {
		<-f.clock.Armed()
		f.clock.Move(5 * time.Second)
	}
	cancel()
	f.clock.Move(time.Hour)
	require.NoError(t, <-ended)
}

func TestAViewStaysAsItIsWhileTheIndexMovesOn(t *testing.T) {
	f := follow(t, alice)
	view := f.index.View()
	f.delete(alice)
	_, then := view.Allowed("user:alice", "member", "group")
	_, now := f.index.View().Allowed("user:alice", "member", "group")
	require.Equal(t, uint64(1), then.GetCardinality())
	require.Zero(t, now.GetCardinality())
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	f := follow(t)
	_, err := authzsync.Open(t.Context(), f.store, authzsync.Options{Overlap: -1})
	require.ErrorContains(t, err, "Overlap")
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
}
