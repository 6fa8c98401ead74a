package embedded

import (
	"slices"

	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// denseFraction: where at least one row in so many is allowed, a term's postings
// are all read, and allowed ones are told from others by a bit. Where fewer are,
// the postings are searched for the rows that are.
const denseFraction = 4

// bm25 adds up the scores of the allowed rows, one term after the other.
type bm25 struct {
	snapshot *snapshot
	allowed  []uint32
	scorer   keyword.Scorer
	dense    bool
	marks    marks     // dense: the allowed rows
	sums     []float64 // dense: by row; else by position in allowed
}

// newBM25 prepares for scoring; sums is cleared memory, made by the caller, for
// as many numbers as [bm25Size] says.
//
// SECURITY: the statistics are those of the allowed chunks alone, so that no
// score tells anything of a chunk that the principal may not read.
func newBM25(s *snapshot, allowed []uint32, sums []float64) *bm25 {
	statistics := keyword.Statistics{Chunks: len(allowed)}
	for _, row := range allowed {
		statistics.Tokens += int64(s.lengths[row])
	}
	b := &bm25{snapshot: s, allowed: allowed, scorer: statistics.Scorer(), dense: isDense(s, allowed), sums: sums}
	if b.dense {
		b.marks = newMarks(s.rows)
		for _, row := range allowed {
			b.marks.add(span{row, 1})
		}
	}
	return b
}

func isDense(s *snapshot, allowed []uint32) bool { return len(allowed)*denseFraction >= int(s.rows) }

func bm25Size(s *snapshot, allowed []uint32) int {
	if isDense(s, allowed) {
		return int(s.rows)
	}
	return len(allowed)
}

// add adds one term.
func (b *bm25) add(p postings) {
	if b.dense {
		b.addDense(p)
	} else {
		b.addSparse(p)
	}
}

// addDense adds to rows that are not allowed as well: nobody reads those sums,
// and a branch that is taken at random costs more than an addition.
func (b *bm25) addDense(p postings) {
	found := uint64(0)
	for _, entry := range p.list {
		found += b.marks.has(entry.row())
	}
	if found == 0 {
		return
	}
	idf := b.scorer.IDF(int(found))
	for _, entry := range p.list {
		row := entry.row()
		b.sums[row] += b.scorer.Score(idf, p.times(entry), b.snapshot.lengths[row])
	}
}

func (b *bm25) addSparse(p postings) {
	found := 0
	intersect(b.allowed, p.list, func(int, posting) { found++ })
	if found == 0 {
		return
	}
	idf := b.scorer.IDF(found)
	intersect(b.allowed, p.list, func(at int, entry posting) {
		b.sums[at] += b.scorer.Score(idf, p.times(entry), b.snapshot.lengths[entry.row()])
	})
}

// scores rounds the sums of some of the allowed rows, 0 for one without a term.
func (b *bm25) scores(candidates []uint32, scores []float32) {
	at := 0
	for i, row := range candidates {
		if b.dense {
			scores[i] = float32(b.sums[row])
			continue
		}
		for b.allowed[at] < row {
			at++
		}
		scores[i] = float32(b.sums[at])
	}
}

// intersect visits the postings of the rows given, with each row's position. It
// walks the shorter list and leaps through the longer one.
func intersect(rows []uint32, list []posting, visit func(at int, entry posting)) {
	for at, i := 0, 0; at < len(rows) && i < len(list); {
		row := list[i].row()
		switch {
		case rows[at] == row:
			visit(at, list[i])
			at, i = at+1, i+1
		case rows[at] < row:
			at = leap(len(rows), at, func(k int) bool { return rows[k] >= row })
		default:
			i = leap(len(list), i, func(k int) bool { return list[k].row() >= rows[at] })
		}
	}
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
			i = leap(len(rows), i, func(k int) bool { return rows[k] >= others[j] })
		default:
			j = leap(len(others), j, func(k int) bool { return others[k] >= rows[i] })
		}
	}
	return slices.Clip(kept)
}

// leap finds the first position after from that has reached, where what is
// before has not: it doubles its steps, then halves them (J. Bentley and A.
// Yao, An almost optimal algorithm for unbounded searching, 1976).
func leap(end, from int, reached func(int) bool) int {
	step := 1
	for from+step < end && !reached(from+step) {
		from += step
		step *= 2
	}
	low, high := from+1, min(from+step, end)
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
