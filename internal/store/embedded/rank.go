package embedded

import (
	"slices"

	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// bm25 adds up the scores of the allowed rows, one term after the other.
type bm25 struct {
	snapshot *snapshot
	allowed  []uint32
	scorer   keyword.Scorer
	scratch  *rankMemory
}

// rankMemory is what ranking works in. Its numbers are by row, but between two
// searches only those rows are brought in order that the next one allows: a
// search of a few rows never pays for all.
type rankMemory struct {
	sums    []float64 // by row; garbage but for allowed rows
	marks   marks     // the allowed rows; empty between searches
	matches []posting
}

// reserve makes room for a snapshot.
func (m *rankMemory) reserve(s *snapshot) {
	if len(m.sums) < int(s.rows) {
		rows := s.rows + s.rows/8 // the next snapshots have some more
		*m = rankMemory{sums: make([]float64, rows), marks: newMarks(rows), matches: make([]posting, rows)}
	}
}

// newBM25 prepares for scoring; the caller releases it.
//
// SECURITY: the statistics are those of the allowed chunks alone, so that no
// score tells anything of a chunk that the principal may not read.
func newBM25(s *snapshot, allowed []uint32, scratch *rankMemory) *bm25 {
	scratch.reserve(s)
	statistics := keyword.Statistics{Chunks: len(allowed)}
	for _, row := range allowed {
		statistics.Tokens += int64(s.lengths[row])
		scratch.marks.set(row)
		scratch.sums[row] = 0
	}
	return &bm25{snapshot: s, allowed: allowed, scorer: statistics.Scorer(), scratch: scratch}
}

// release leaves the scratch as the next search expects it.
func (b *bm25) release() {
	for _, row := range b.allowed {
		b.scratch.marks.clearAround(row)
	}
}

// add adds one term: its document frequency among the allowed rows first, and
// then its part of their scores.
func (b *bm25) add(p postings) {
	matches := b.match(p.list)
	if len(matches) == 0 {
		return
	}
	idf := b.scorer.IDF(len(matches))
	for _, entry := range matches {
		row := entry.row()
		b.scratch.sums[row] += b.scorer.Score(idf, p.times(entry), b.snapshot.lengths[row])
	}
}

// leapFraction: where a term has so many times more postings than there are
// allowed rows, they are leapt through; else all of them are read.
const leapFraction = 16

// match returns the postings of allowed rows.
func (b *bm25) match(list []posting) []posting {
	switch {
	case len(b.allowed) == int(b.snapshot.rows):
		return list
	case len(list) > leapFraction*len(b.allowed):
		return intersect(b.scratch.matches[:0], b.allowed, list)
	}
	// Without a branch: one that is taken at random costs more than a posting.
	matches, n := b.scratch.matches[:len(list)], 0
	for _, entry := range list {
		matches[n] = entry
		n += int(b.scratch.marks.has(entry.row()))
	}
	return matches[:n]
}

// scores rounds the sums of some of the allowed rows, 0 for one without a term.
func (b *bm25) scores(candidates []uint32, scores []float32) {
	for i, row := range candidates {
		scores[i] = float32(b.scratch.sums[row])
	}
}

// intersect appends the postings of the rows given.
func intersect(found []posting, rows []uint32, list []posting) []posting {
	i := 0
	for _, row := range rows {
		if i += leap(len(list)-i, func(k int) bool { return list[i+k].row() >= row }); i == len(list) {
			break
		}
		if list[i].row() == row {
			found = append(found, list[i])
		}
	}
	return found
}

// common keeps the rows that are in both lists.
func common(rows, others []uint32) []uint32 {
	kept := make([]uint32, 0, min(len(rows), len(others)))
	for i, j := 0, 0; i < len(rows) && j < len(others); {
		switch {
		case rows[i] == others[j]:
			kept = append(kept, rows[i])
			i, j = i+1, j+1
		case rows[i] < others[j]:
			i += leap(len(rows)-i, func(k int) bool { return rows[i+k] >= others[j] })
		default:
			j += leap(len(others)-j, func(k int) bool { return others[j+k] >= rows[i] })
		}
	}
	return slices.Clip(kept)
}

// leap finds the first of n positions that has reached, or n. It doubles its
// steps and then halves them, so that what is near is found soon (J. Bentley
// and A. Yao, An almost optimal algorithm for unbounded searching, 1976).
func leap(n int, reached func(int) bool) int {
	low, high := 0, 1
	for high <= n && !reached(high-1) {
		low, high = high, 2*high
	}
	high = min(high-1, n)
	for low < high {
		middle := int(uint(low+high) / 2)
		if reached(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}
