package load

import (
	"math"
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
	for _, table := range r.Tables[1:] {
		require.NotEmpty(t, table.Rows, table.Title)
	}
	require.Regexp(t, `^At 30 a second with 4 clients .*\(\d+%\)`, r.Notes[0], "what holds it up, and where the profile says so")
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

func TestASweepHoldsOneRateWithEachNumberOfClients(t *testing.T) {
	r, err := Run(t.Context(), Options{Documents: 100, Sweep: []int{1, 3}, Rates: []float64{40}, Step: 300 * time.Millisecond, Seed: 1, Version: "test"})
	require.NoError(t, err)
	for _, table := range r.Tables[:2] {
		require.Len(t, table.Rows, 2)
		require.Equal(t, []string{"40", "1"}, table.Rows[0][:2])
		require.Equal(t, []string{"40", "3"}, table.Rows[1][:2])
	}
	require.Equal(t, [2]float64{3, r.Measures[2].Value}, r.Plots[0].Lines[0].Points[1])
}

func TestTheFormulaIsThatOfQueuesWhoseWaitIsKnown(t *testing.T) {
	constant := []float64{10, 10, 10}
	require.InDelta(t, 0.05*100/(2*(1-0.5)), wait(0.05, constant, 1), 1e-9, "M/D/1, by Pollaczek and Khinchine")
	require.InDelta(t, 1.0/3, erlangC(2, 1), 1e-9, "two servers, half busy")
	varied := []float64{5, 15} // its variance is a quarter of its squared mean
	require.InDelta(t, 1.0/3*10/(2-1)*(1+0.25)/2, wait(0.1, varied, 2), 1e-9)
	require.True(t, math.IsInf(wait(0.2, constant, 1), 1), "more comes than is served")
}

func TestTheBottleneckIsWhatWasBusy(t *testing.T) {
	profile := costs{time: hotspots{{nameBench, 0.5}, {"OpenFGA", 0.3}, {"HTTP", 0.2}}}
	s := step{pace: pace{rate: 50, clients: 1}, answered: 50, latencies: []float64{5, 5}, waits: []float64{1, 1}, busy: 0.9, profile: profile}
	require.Regexp(t, `bottleneck is the processor.*OpenFGA \(30%\), HTTP \(20%\)\.`, bottleneck(s))
	s.busy = 0.2
	require.Contains(t, bottleneck(s), "nothing of ours is saturated")
	s.latencies = []float64{60, 60}
	s.waits = []float64{41, 41}
	require.Contains(t, bottleneck(s), "connections, which were busy for 95% of the time: a request waited 41 ms for one and took 19 ms")
}

func TestALoadThatCannotBeIsRefused(t *testing.T) {
	for _, o := range []Options{{Documents: 1}, {Rates: []float64{0}}, {Clients: -1}, {Changes: -1}, {Sweep: []int{0}}, {Sweep: []int{1, 2}, Rates: []float64{1, 2}}} {
		_, err := Run(t.Context(), o)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
