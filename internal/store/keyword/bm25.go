package keyword

import "math"

// BM25's constants, as the literature's defaults go: K1 says how fast a term's
// further appearances stop counting, B how much a long chunk is discounted.
const (
	K1 = 1.5
	B  = 0.75
)

// Statistics are what BM25 needs to know of a collection. Here the collection
// is always the chunks that one principal's access allows, never the whole
// index: a rare word must not be betrayed by its weight.
type Statistics struct {
	Chunks int   // how many there are
	Tokens int64 // the sum of their weighted lengths
}

// Scorer scores terms in a collection.
//
// A term's part of a chunk's score is
//
//	ln(1 + (N - df + 0.5)/(df + 0.5)) · tf·(K1 + 1) / (tf + K1·(1 - B + B·length/mean))
//
// N is the number of chunks, df the number that hold the term, tf the term's
// weighted frequency in the chunk, length the chunk's weighted number of
// tokens. It is always above 0 for tf > 0. Formula: S. Robertson and H.
// Zaragoza, The Probabilistic Relevance Framework (2009), section 3, with
// Lucene's idf, which never is negative.
//
// A chunk's score is the sum over [Query.Terms] and then [Query.Prefixes] in
// their order, in float64, and rounded to float32 once, at the end: so equal
// chunks get equal scores in every store.
type Scorer struct {
	chunks float64
	slope  float64 // what one token of a chunk's length adds to the denominator
}

// Scorer returns the scorer for a collection.
func (s Statistics) Scorer() Scorer {
	scorer := Scorer{chunks: float64(s.Chunks)}
	if s.Tokens > 0 {
		scorer.slope = K1 * B * float64(s.Chunks) / float64(s.Tokens)
	}
	return scorer
}

// IDF is the first factor of a term's score, the same for all chunks.
func (s Scorer) IDF(df int) float64 {
	return math.Log(1 + (s.chunks-float64(df)+0.5)/(float64(df)+0.5))
}

// Score is a term's whole score. The conversions forbid the compiler to fuse a
// product into a sum, which would round differently on some processors.
func (s Scorer) Score(idf float64, tf, length uint32) float64 {
	norm := K1*(1-B) + float64(s.slope*float64(length))
	return float64(idf * float64(tf) * (K1 + 1) / (float64(tf) + norm))
}
