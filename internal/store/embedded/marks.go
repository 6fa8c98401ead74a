package embedded

import "math/bits"

// marks is a set of rows, one bit each.
type marks []uint64

func newMarks(rows uint32) marks { return make(marks, (rows+63)/64) }

// add marks the rows of a span, word by word.
func (m marks) add(s span) {
	for row, left := s.first, s.count; left > 0; {
		bit := row % 64
		n := min(left, 64-bit)
		m[row/64] |= (1<<n - 1) << bit
		row, left = row+n, left-n
	}
}

func (m marks) set(row uint32) { m[row/64] |= 1 << (row % 64) }

// clearAround clears a row, and others near it, which is quicker.
func (m marks) clearAround(row uint32) { m[row/64] = 0 }

// has returns 1 for a row in the set and 0 for another: a number, so that
// counting takes no branch that a processor would have to guess.
func (m marks) has(row uint32) uint64 { return m[row/64] >> (row % 64) & 1 }

// take lists the set by rising row and empties it; n is how many there are.
func (m marks) take(n int) []uint32 {
	list, at := make([]uint32, n), 0
	for i, word := range m {
		if word == 0 {
			continue
		}
		m[i] = 0
		for first := uint32(i * 64); word != 0; word &= word - 1 {
			list[at] = first + uint32(bits.TrailingZeros64(word))
			at++
		}
	}
	return list
}
