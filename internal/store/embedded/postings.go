package embedded

import (
	"slices"
	"sort"
)

// posting packs a row and a term's frequency in it into 32 bits: the row in the
// upper 26, so that postings sort as rows do, and the frequency in the lower 6.
// A frequency that does not fit is written as manyTimes, and its value kept in
// [lexicon.frequent].
type posting uint32

const (
	frequencyBits = 6
	manyTimes     = 1<<frequencyBits - 1
	// maxRows is how many rows one tenant can have, deleted ones that were not
	// yet compacted included.
	maxRows = 1 << (32 - frequencyBits)
)

func newPosting(row, frequency uint32) posting {
	return posting(row<<frequencyBits | min(frequency, manyTimes))
}

func (p posting) row() uint32       { return uint32(p) >> frequencyBits }
func (p posting) frequency() uint32 { return uint32(p) & manyTimes }

// postings are one term's, by rising row, as some search sees them.
type postings struct {
	list     []posting
	frequent []frequency
}

// frequency is a term's frequency in a row where it is manyTimes or more.
type frequency struct{ row, times uint32 }

// times returns the frequency that a posting stands for.
func (p postings) times(entry posting) uint32 {
	if entry.frequency() < manyTimes {
		return entry.frequency()
	}
	i := sort.Search(len(p.frequent), func(i int) bool { return p.frequent[i].row >= entry.row() })
	return p.frequent[i].times
}

// lexicon is the in-memory keyword index of one tenant: which term is in which
// row how often. Postings are only ever appended, by rising row.
type lexicon struct {
	terms    map[string]uint32
	lists    [][]posting // by term number
	frequent map[uint32][]frequency

	counts  []uint32 // by term number, of the row in the making
	touched []uint32 // term numbers that the row in the making holds
}

func newLexicon() lexicon {
	return lexicon{terms: map[string]uint32{}, frequent: map[uint32][]frequency{}}
}

// count adds to a term's frequency in the row in the making.
func (l *lexicon) count(token []byte, times uint32) {
	number, known := l.terms[string(token)] // does not allocate
	if !known {
		number = l.add(string(token))
	}
	if l.counts[number] == 0 {
		l.touched = append(l.touched, number)
	}
	l.counts[number] += times
}

func (l *lexicon) add(term string) uint32 {
	number := uint32(len(l.lists))
	l.terms[term] = number
	l.lists = append(l.lists, nil)
	l.counts = append(l.counts, 0)
	return number
}

// flush ends the row in the making.
func (l *lexicon) flush(row uint32) {
	for _, number := range l.touched {
		l.post(number, row, l.counts[number])
		l.counts[number] = 0
	}
	l.touched = l.touched[:0]
}

func (l *lexicon) post(number, row, times uint32) {
	l.lists[number] = append(l.lists[number], newPosting(row, times))
	if times >= manyTimes {
		l.frequent[number] = append(l.frequent[number], frequency{row, times})
	}
}

// of returns a term's postings in the rows below limit. The result stays valid
// while others append.
func (l *lexicon) of(term string, limit uint32) postings {
	number, known := l.terms[term]
	if !known {
		return postings{}
	}
	list := l.lists[number]
	end, _ := slices.BinarySearchFunc(list, limit, func(p posting, row uint32) int { return int(p.row()) - int(row) })
	return postings{list: list[:end:end], frequent: l.frequent[number]}
}
