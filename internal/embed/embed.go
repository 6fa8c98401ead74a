// Package embed is the contract between texts and vectors: what the indexer
// and the retriever ask of an embedding model, whichever it is. Sub-packages
// implement it: static (built into the binary, no network) and openai (any
// server of that protocol). Package embedtest holds the tests that every
// implementation passes.
//
// It is not for choosing or configuring a model, for splitting texts, or for
// searching among vectors.
package embed

import (
	"context"
	"fmt"
	"math"

	"github.com/eyeshot-dev/eyeshot"
)

// Embedder turns texts into vectors. It is safe for concurrent use.
type Embedder interface {
	// Name identifies the model, and with it everything that a vector depends
	// on, as exactly as the implementation can know. Vectors of two names must
	// never be compared: an index is bound to the name that it was built with.
	Name() string

	// Dimension is the length of every vector.
	Dimension() int

	// Embed returns one vector a text, in the order of the texts. Each has unit
	// length, or is all zero where the text says nothing that the model knows;
	// a text that is empty or white space alone always is. The vectors belong
	// to the caller.
	//
	// An error means no vectors at all. It wraps [eyeshot.ErrUnavailable] when
	// the same call may succeed later, which includes a context that ended
	// (whose error it wraps too), and [eyeshot.ErrInvalid] when it will not.
	// It never holds any of the texts.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Unit divides a vector by its length, in place. A vector of length zero stays
// as it is; one with a value that is not finite fails with [eyeshot.ErrInvalid].
func Unit(vector []float32) error {
	var squares float64
	for _, x := range vector {
		squares += float64(x) * float64(x)
	}
	if math.IsNaN(squares) || math.IsInf(squares, 0) {
		return fmt.Errorf("%w: the vector has a value that is not a finite number", eyeshot.ErrInvalid)
	}
	if squares == 0 {
		return nil
	}
	scale := 1 / math.Sqrt(squares)
	for i, x := range vector {
		vector[i] = float32(float64(x) * scale)
	}
	return nil
}

// Ended is the error of an Embed whose context ended: a retry may help, and
// the caller can tell that it was its own context.
func Ended(ctx context.Context) error {
	return fmt.Errorf("embedding: %w: %w", eyeshot.ErrUnavailable, ctx.Err())
}
