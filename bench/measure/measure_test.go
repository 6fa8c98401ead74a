package measure_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/bench/measure"
)

func TestQuantileIsASampleAndNeverBetweenTwo(t *testing.T) {
	samples := []float64{5, 1, 3, 2, 4}
	require.Equal(t, 1.0, measure.Quantile(samples, 0))
	require.Equal(t, 3.0, measure.Quantile(samples, 0.5))
	require.Equal(t, 5.0, measure.Quantile(samples, 0.99))
	require.Equal(t, []float64{5, 1, 3, 2, 4}, samples, "the caller's order stays")
	require.True(t, math.IsNaN(measure.Quantile(nil, 0.5)))
}

func TestAnIntervalHoldsItsEstimateAndIsNarrowWhereSamplesAgree(t *testing.T) {
	var wide []float64
	for i := range 200 {
		wide = append(wide, float64(i))
	}
	got := measure.Estimate(wide, 0.5)
	require.LessOrEqual(t, got.Low, got.Value)
	require.GreaterOrEqual(t, got.High, got.Value)
	require.Less(t, got.Low, got.High)
	require.Equal(t, measure.Interval{Value: 7, Low: 7, High: 7}, measure.Estimate([]float64{7, 7, 7}, 0.5))
	require.Equal(t, got, measure.Estimate(wide, 0.5), "the same samples give the same interval")
}

func TestARatioOfPairsLeavesOutWhatThePairsShare(t *testing.T) {
	var slow, fast []float64
	for i := range 100 {
		question := float64(1 + i*i) // questions differ a hundredfold
		slow, fast = append(slow, 2*question), append(fast, question)
	}
	paired, apart := measure.Ratio(slow, fast, 0.5, true), measure.Ratio(slow, fast, 0.5, false)
	require.Equal(t, measure.Interval{Value: 2, Low: 2, High: 2}, paired)
	require.Less(t, apart.Low, paired.Low)
	require.Greater(t, apart.High, paired.High)
}

func TestExponentIsThatOfThePower(t *testing.T) {
	sizes := []float64{1, 10, 100, 1000}
	cost := make([]float64, len(sizes))
	for i, size := range sizes {
		cost[i] = 3 * math.Pow(size, 0.5)
	}
	e, r2 := measure.Exponent(sizes, cost)
	require.InDelta(t, 0.5, e, 1e-9)
	require.InDelta(t, 1, r2, 1e-9)
}

func TestAMeterTakesOneSampleAnOperation(t *testing.T) {
	meter := measure.NewMeter(measure.Thread)
	defer meter.Close()
	for range 3 {
		require.NoError(t, meter.Time(func() error { return nil }))
	}
	require.Len(t, meter.Wall, 3)
	require.Len(t, meter.CPU, 3)
	for _, sample := range append(meter.Wall, meter.CPU...) {
		require.GreaterOrEqual(t, sample, 0.0)
	}
}
