package static

import (
	"math"
	"testing"
)

// The value of a binary16 number, as IEEE 754-2019 section 3.4 defines it.
func float16Value(bits uint16) float64 {
	sign := 1.0
	if bits&0x8000 != 0 {
		sign = -1
	}
	exponent, fraction := int(bits>>10&0x1F), float64(bits&0x3FF)
	switch {
	case exponent == 0x1F && fraction != 0:
		return math.NaN()
	case exponent == 0x1F:
		return math.Inf(int(sign))
	case exponent == 0:
		return sign * math.Ldexp(fraction/1024, -14)
	}
	return sign * math.Ldexp(1+fraction/1024, exponent-15)
}

func TestEveryFloat16IsConvertedExactly(t *testing.T) {
	for bits := range 1 << 16 {
		got, want := float64(float16(uint16(bits))), float16Value(uint16(bits))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != math.Signbit(want) && !math.IsNaN(got) {
			t.Fatalf("%#04x is %v, want %v", bits, got, want)
		}
	}
}
