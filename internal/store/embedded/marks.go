package embedded

import "math/bits"

// marks is a set of rows, one bit each.
type marks []uint64

func newMarks(rows uint32) marks { return make(marks, (rows+63)/64) }

func (m marks) add(s span) {
	for row := s.first; row < s.first+s.count; row++ {
		m.set(row)
	}
}

func (m marks) set(row uint32) { m[row/64] |= 1 << (row % 64) }

// clearAround clears a row, and others near it, which is quicker.
func (m marks) clearAround(row uint32) { m[row/64] = 0 }

// has returns 1 for a row in the set and 0 for another: a number, so that
// counting takes no branch that a processor would have to guess.
func (m marks) has(row uint32) uint64 { return m[row/64] >> (row % 64) & 1 }

// rows lists the set by rising row; n is how many there are.
func (m marks) rows(n int) []uint32 {
	list := make([]uint32, 0, n)
	for i, word := range m {
		for ; word != 0; word &= word - 1 {
			list = append(list, uint32(i*64+bits.TrailingZeros64(word)))
		}
	}
	return list
}
