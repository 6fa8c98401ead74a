package qdrant

import "github.com/eyeshot-dev/eyeshot/internal/store/keyword"

// weights are BM25's, for a query and a scope.
type weights struct {
	query    keyword.Query
	scorer   keyword.Scorer
	terms    []float64 // inverse document frequencies of query.Terms
	prefixes []float64 // and of query.Prefixes
}

func newWeights(query keyword.Query, statistics keyword.Statistics, terms, prefixes []int) weights {
	w := weights{query: query, scorer: statistics.Scorer()}
	for _, n := range terms {
		w.terms = append(w.terms, w.scorer.IDF(n))
	}
	for _, n := range prefixes {
		w.prefixes = append(w.prefixes, w.scorer.IDF(n))
	}
	return w
}

// score is the score of a chunk, 0 where it does not match.
func (w weights) score(b bag) float32 {
	if !b.fits(w.query) {
		return 0
	}
	sum := 0.0
	for i, term := range w.query.Terms {
		if times := b.times[term]; times > 0 {
			sum += w.scorer.Score(w.terms[i], times, b.length)
		}
	}
	for _, idf := range w.prefixes {
		sum += w.scorer.Score(idf, 1, b.length)
	}
	return float32(sum)
}
