package worlds

import (
	"math"
	"math/rand/v2"
)

// Query draws what a principal asks: half of the questions are about a document
// of its own, half about any.
func (w *Graded) Query(r *rand.Rand, principal Graduate) []float32 {
	about := r.IntN(w.Documents)
	if r.IntN(2) == 0 {
		own, err := principal.Allowed.Select(uint32(r.IntN(int(principal.Allowed.GetCardinality()))))
		if err == nil {
			about = int(own)
		}
	}
	noise := make([]float32, w.Dimension)
	for i := range noise {
		noise[i] = float32(r.NormFloat64() * 0.5 / math.Sqrt(float64(w.Dimension)))
	}
	return unit(add(w.Vectors[about], noise))
}

// gaussian is a vector of a length of about scale · √dimension.
func (w *Graded) gaussian(scale float64) []float32 {
	v := make([]float32, w.Dimension)
	for i := range v {
		v[i] = float32(w.random.NormFloat64() * scale)
	}
	return v
}

func add(a, b []float32) []float32 {
	sum := make([]float32, len(a))
	for i := range a {
		sum[i] = a[i] + b[i]
	}
	return sum
}

func unit(v []float32) []float32 {
	square := 0.0
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(square))
	}
	return v
}
