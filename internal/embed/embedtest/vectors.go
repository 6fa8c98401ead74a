package embedtest

import (
	"math"
	"testing"

	"github.com/eyeshot-dev/eyeshot/internal/embed"
)

func mustEmbed(t *testing.T, e embed.Embedder, texts ...string) [][]float32 {
	t.Helper()
	vectors, err := e.Embed(t.Context(), texts)
	if err != nil {
		t.Fatalf("embedding %d texts: %v", len(texts), err)
	}
	if len(vectors) != len(texts) {
		t.Fatalf("%d vectors for %d texts", len(vectors), len(texts))
	}
	return vectors
}

func dot(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// same allows for what the order of additions in a server's batch may change.
func same(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !(math.Abs(float64(a[i]-b[i])) <= 1e-4) {
			return false
		}
	}
	return true
}

func assertSame(t *testing.T, got, want []float32, what string) {
	t.Helper()
	if !same(got, want) {
		t.Errorf("%s: the vector differs", what)
	}
}
