package quality

import "math"

// ndcg is the normalised discounted cumulative gain of the first k results, with
// a gain of 1 for each that is relevant (K. Järvelin, J. Kekäläinen, Cumulated
// gain-based evaluation of IR techniques, 2002, with the logarithm to base 2).
func ndcg(found []string, relevant map[string]bool, k int) float64 {
	gain, ideal := 0.0, 0.0
	for i := range k {
		discount := 1 / math.Log2(float64(i+2))
		if i < len(found) && relevant[found[i]] {
			gain += discount
		}
		if i < len(relevant) {
			ideal += discount
		}
	}
	if ideal == 0 {
		return math.NaN()
	}
	return gain / ideal
}

// recall is the share of what is relevant that is among the first k results.
func recall(found []string, relevant map[string]bool, k int) float64 {
	right := 0
	for _, id := range found[:min(k, len(found))] {
		if relevant[id] {
			right++
		}
	}
	if len(relevant) == 0 {
		return math.NaN()
	}
	return float64(right) / float64(len(relevant))
}

// mean leaves out what is no number: questions that nothing readable answers.
func mean(all []float64) float64 {
	sum, n := 0.0, 0
	for _, v := range all {
		if !math.IsNaN(v) {
			sum, n = sum+v, n+1
		}
	}
	return sum / float64(n)
}
