package embedded

import "slices"

// blockRows is the number of rows in a block of a [matrix].
const blockRows = 4096

// matrix holds the vectors of one tenant, row after row, in blocks that lie
// contiguous in memory. Rows are only ever appended. A reader that keeps the
// blocks as they were at some moment, and the number of rows, may go on reading
// those rows without a lock.
type matrix struct {
	dimension int
	rows      int
	blocks    [][]float32
}

// append adds one row; len(vector) is the dimension.
func (m *matrix) append(vector []float32) {
	block, at := m.rows/blockRows, m.rows%blockRows*m.dimension
	m.reserve(block, at+m.dimension)
	copy(m.blocks[block][at:], vector)
	m.rows++
}

// reserve makes room for length numbers in a block. Only the first block grows,
// so that a small tenant takes little: others are made whole. The list of
// blocks is copied and never changed in place, since readers hold on to it.
func (m *matrix) reserve(block, length int) {
	whole := blockRows * m.dimension
	switch {
	case block == len(m.blocks) && block > 0:
		m.blocks = append(slices.Clip(m.blocks), make([]float32, whole))
	case block == len(m.blocks):
		m.blocks = [][]float32{make([]float32, min(whole, 16*m.dimension))}
	case length > len(m.blocks[block]):
		grown := make([]float32, min(whole, 2*len(m.blocks[block])))
		copy(grown, m.blocks[block])
		m.blocks = slices.Clone(m.blocks)
		m.blocks[block] = grown
	}
}

// row returns a row, which must not be changed.
func row(blocks [][]float32, dimension int, number uint32) []float32 {
	at := int(number) % blockRows * dimension
	return blocks[int(number)/blockRows][at : at+dimension]
}
