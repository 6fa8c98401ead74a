package load

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
)

func TestEveryRequestThatIsDueIsAnsweredAndCounted(t *testing.T) {
	r, err := Run(t.Context(), Options{Documents: 200, Rates: []float64{30}, Step: 400 * time.Millisecond, Clients: 4, Changes: 50, Seed: 1, Version: "test"})
	require.NoError(t, err)
	require.Len(t, r.Tables[0].Rows, 1)
	require.Equal(t, "0", r.Tables[0].Rows[0][7], "none failed: %v", r.Tables[0].Rows[0])
	require.NotEmpty(t, r.Tables[1].Rows, "a profile")
	s := &stage{Options: Options{Seed: 1}, words: worlds.NewWords(), tokens: []string{"a"}}
	require.Len(t, r.Measures[0].Samples, len(s.arrivals(30, 400*time.Millisecond)), "one for each that was due")
}

func TestArrivalsAreThoseOfTheRateAndTheSameEachTime(t *testing.T) {
	s := &stage{Options: Options{Seed: 1}, words: worlds.NewWords(), tokens: []string{"a", "b"}}
	all, again := s.arrivals(200, 10*time.Second), s.arrivals(200, 10*time.Second)
	require.InDelta(t, 2000, len(all), 200, "a Poisson process of 200 a second")
	require.Len(t, again, len(all))
	for i := range all {
		require.Equal(t, all[i].body, again[i].body)
		if i > 0 {
			require.False(t, all[i].at.Before(all[i-1].at))
			require.InDelta(t, all[i].at.Sub(all[0].at), again[i].at.Sub(again[0].at), 1)
		}
	}
}

func TestALoadThatCannotBeIsRefused(t *testing.T) {
	for _, o := range []Options{{Documents: 1}, {Rates: []float64{0}}, {Clients: -1}, {Changes: -1}} {
		_, err := Run(t.Context(), o)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
