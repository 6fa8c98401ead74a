// Package static embeds texts with Model2Vec models (MinishLab/model2vec): one
// vector a token, a text's vector being the mean of its tokens' vectors. There
// is no network and no transformer at run time, which makes it fast enough to
// be the default; [BuiltIn] needs no file either.
//
// Word order does not count in such a model, and a word that it never saw has
// no say. Where that is not good enough, use package openai with a server. It
// does not train, distill, quantize or download models, and it takes only
// models whose tokenizer is BERT's (see package wordpiece).
package static

import (
	"context"
	"fmt"

	"github.com/eyeshot-dev/eyeshot/internal/embed"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static/wordpiece"
)

// Embedder embeds with one Model2Vec model. It implements [embed.Embedder], is
// immutable and safe for concurrent use, and works on the calling goroutine
// alone.
type Embedder struct {
	name      string
	tokenizer *wordpiece.Tokenizer
	rows      matrix
	weights   []float32 // by token id; nil: all 1
	mapping   []int32   // token id to row; nil: the id is the row
	maxTokens int       // a longer text is cut; 0: never
	maxChars  int       // a longer text is cut before it is tokenized; 0: never
}

// Name is the model's name with a fingerprint of its files.
func (e *Embedder) Name() string { return e.name }

// Dimension is the length of every vector.
func (e *Embedder) Dimension() int { return e.rows.dimension() }

// Embed implements [embed.Embedder]. The vector is the mean over the text's
// tokens, unknown ones left out, of the token's row times its weight, divided
// by its length, also where the model's config.json does not ask for
// "normalize": Eyeshot compares directions. A text of no known token has the
// zero vector. The context is looked at before each text. With float32 or
// float16 rows that are not finite it fails with eyeshot.ErrInvalid.
func (e *Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	dimension := e.Dimension()
	vectors := make([][]float32, len(texts))
	values := make([]float32, len(texts)*dimension)
	encoder := e.tokenizer.Encoder()
	for i, text := range texts {
		if ctx.Err() != nil {
			return nil, embed.Ended(ctx)
		}
		vectors[i], values = values[:dimension:dimension], values[dimension:]
		e.sum(vectors[i], e.tokens(encoder, text))
		if err := embed.Unit(vectors[i]); err != nil {
			return nil, fmt.Errorf("embedding text %d with %s: %w", i, e.name, err)
		}
	}
	return vectors, nil
}

// tokens returns the ids of a text, cut as the model's max_length says: first
// the text, to a length that as many tokens hardly exceed, then the ids.
func (e *Embedder) tokens(encoder *wordpiece.Encoder, text string) []int32 {
	if e.maxTokens == 0 {
		return encoder.Encode(text)
	}
	ids := encoder.Encode(firstChars(text, e.maxChars))
	return ids[:min(len(ids), e.maxTokens)]
}

// sum adds the weighted rows of the tokens to a zero vector. Dividing by their
// number is left out: the length is about to be made 1.
func (e *Embedder) sum(vector []float32, ids []int32) {
	unknown := e.tokenizer.Unknown()
	for _, id := range ids {
		if id == unknown {
			continue
		}
		weight, row := float32(1), id
		if e.weights != nil {
			weight = e.weights[id]
		}
		if e.mapping != nil {
			row = e.mapping[id]
		}
		e.rows.addRow(vector, int(row), weight)
	}
}

// firstChars returns the first n characters of s.
func firstChars(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
