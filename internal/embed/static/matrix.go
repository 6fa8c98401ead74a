package static

import (
	"encoding/binary"
	"math"
)

// matrix holds the token vectors as the file has them; a value is converted
// when it is used, so that a model is ready as soon as its file is read.
type matrix interface {
	dimension() int
	// addRow adds weight × row to sum, which has the matrix's dimension.
	addRow(sum []float32, row int, weight float32)
}

// rowBytes are the bytes of a matrix, row after row, little endian.
type rowBytes struct {
	data    []byte
	columns int
}

func (m rowBytes) dimension() int { return m.columns }

func (m rowBytes) row(i, elementBytes int) []byte {
	size := m.columns * elementBytes
	return m.data[i*size : (i+1)*size]
}

type int8Matrix struct{ rowBytes }

func (m int8Matrix) addRow(sum []float32, row int, weight float32) {
	values := m.row(row, 1)
	sum = sum[:len(values)]
	for i, b := range values {
		sum[i] += weight * float32(int8(b))
	}
}

type float32Matrix struct{ rowBytes }

func (m float32Matrix) addRow(sum []float32, row int, weight float32) {
	values := m.row(row, 4)
	for i := range sum {
		sum[i] += weight * math.Float32frombits(binary.LittleEndian.Uint32(values[4*i:]))
	}
}

type float64Matrix struct{ rowBytes }

func (m float64Matrix) addRow(sum []float32, row int, weight float32) {
	values := m.row(row, 8)
	for i := range sum {
		sum[i] += weight * float32(math.Float64frombits(binary.LittleEndian.Uint64(values[8*i:])))
	}
}

type float16Matrix struct{ rowBytes }

func (m float16Matrix) addRow(sum []float32, row int, weight float32) {
	values := m.row(row, 2)
	for i := range sum {
		sum[i] += weight * float16(binary.LittleEndian.Uint16(values[2*i:]))
	}
}

// float16 converts IEEE 754 binary16: 1 bit of sign, 5 of exponent (bias 15),
// 10 of fraction.
func float16(bits uint16) float32 {
	sign := uint32(bits&0x8000) << 16
	exponent, fraction := uint32(bits>>10&0x1F), uint32(bits&0x3FF)
	switch exponent {
	case 0: // zero or subnormal: fraction × 2^-24, exact in float32
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*(1.0/(1<<24))))
	case 0x1F: // infinity or not a number
		return math.Float32frombits(sign | 0x7F800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
