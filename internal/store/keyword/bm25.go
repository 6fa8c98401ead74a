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

// Score is one term's part of a chunk's score:
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
func (s Statistics) Score(df int, tf, length uint32) float64 {
	return s.IDF(df) * Saturate(float64(tf), s.Norm(length))
}

// IDF is the first factor of [Statistics.Score].
func (s Statistics) IDF(df int) float64 {
	return math.Log(1 + (float64(s.Chunks-df)+0.5)/(float64(df)+0.5))
}

// Norm is K1·(1 - B + B·length/mean).
func (s Statistics) Norm(length uint32) float64 {
	return K1 * (1 - B + B*float64(length)*s.inverseMean())
}

// Saturate is the second factor of [Statistics.Score].
func Saturate(tf, norm float64) float64 { return tf * (K1 + 1) / (tf + norm) }

func (s Statistics) inverseMean() float64 {
	if s.Tokens == 0 {
		return 0
	}
	return float64(s.Chunks) / float64(s.Tokens)
}
