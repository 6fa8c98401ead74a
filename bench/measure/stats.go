package measure

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// resamples of a bootstrap, and the share of them that an interval holds.
const (
	resamples  = 1000
	confidence = 0.95
)

// Interval is an estimate with the bounds of its 95% confidence interval.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Quantile returns the q-quantile of samples in any order: the smallest sample
// that at least that share does not exceed. It is NaN where there are none.
func Quantile(samples []float64, q float64) float64 {
	if len(samples) == 0 {
		return math.NaN()
	}
	return stat.Quantile(q, stat.Empirical, slices.Sorted(slices.Values(samples)), nil)
}

// Estimate is the q-quantile with its interval, by the percentile bootstrap
// (B. Efron, Bootstrap Methods, 1979). Equal samples give equal intervals.
func Estimate(samples []float64, q float64) Interval {
	r := source()
	return bootstrap(func() float64 { return Quantile(resample(r, samples), q) }, Quantile(samples, q))
}

// Ratio is the quotient of the q-quantiles of two sets of samples, with its
// interval. Samples that were taken in pairs (the i-th of both answers the i-th
// question) are drawn in pairs, so that what questions differ in drops out.
func Ratio(over, under []float64, q float64, paired bool) Interval {
	r := source()
	quotient := func(a, b []float64) float64 { return Quantile(a, q) / Quantile(b, q) }
	draw := func() float64 { return quotient(resample(r, over), resample(r, under)) }
	if paired && len(over) == len(under) {
		draw = func() float64 { return quotient(resamplePairs(r, over, under)) }
	}
	return bootstrap(draw, quotient(over, under))
}

func bootstrap(draw func() float64, value float64) Interval {
	all := make([]float64, resamples)
	for i := range all {
		all[i] = draw()
	}
	tail := (1 - confidence) / 2
	return Interval{Value: value, Low: Quantile(all, tail), High: Quantile(all, 1-tail)}
}

func resample(r *rand.Rand, samples []float64) []float64 {
	out := make([]float64, len(samples))
	for i := range out {
		out[i] = samples[r.IntN(len(samples))]
	}
	return out
}

func resamplePairs(r *rand.Rand, a, b []float64) (x, y []float64) {
	x, y = make([]float64, len(a)), make([]float64, len(a))
	for i := range x {
		at := r.IntN(len(a))
		x[i], y[i] = a[at], b[at]
	}
	return x, y
}

func source() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// Exponent fits cost = c · size^e through the points, by least squares of the
// logarithms, and returns e and the share of the variance that it explains.
func Exponent(size, cost []float64) (e, r2 float64) {
	x, y := make([]float64, len(size)), make([]float64, len(cost))
	for i := range size {
		x[i], y[i] = math.Log(size[i]), math.Log(cost[i])
	}
	alpha, beta := stat.LinearRegression(x, y, nil, false)
	return beta, stat.RSquared(x, y, nil, alpha, beta)
}
