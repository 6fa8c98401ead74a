package dot

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func random(rng *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = rng.Float32()*2 - 1
	}
	return out
}

// tolerance bounds the rounding of a sum of n products of numbers within ±1.
func tolerance(n int) float64 { return 1e-6 * (1 + math.Sqrt(float64(n))) }

func TestEveryKernelAgreesWithPlainGoAtEveryLengthAndMisalignment(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const rowCount, shifts = 9, 16
	for length := 0; length <= 600; length++ {
		shift := length % shifts // in numbers: 4 bytes off each time
		matrix := random(rng, shift+rowCount*length)[shift:]
		query := random(rng, (length*7)%shifts+length)[(length*7)%shifts:]
		rows := []uint32{103, 100, 108, 104, 104, 101, 107}
		want, got := make([]float32, len(rows)), make([]float32, len(rows))
		Go(query, matrix, 100, rows, want)
		Best()(query, matrix, 100, rows, got)
		for i := range rows {
			require.InDelta(t, want[i], got[i], tolerance(length), "length %d, row %d", length, rows[i])
		}
	}
}

func TestEveryKernelAgreesAtEveryMisalignmentOfOneLength(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const length = 67
	for shift := range 16 {
		for queryShift := range 16 {
			matrix, query := random(rng, shift+2*length)[shift:], random(rng, queryShift+length)[queryShift:]
			want, got := make([]float32, 2), make([]float32, 2)
			Go(query, matrix, 0, []uint32{1, 0}, want)
			Best()(query, matrix, 0, []uint32{1, 0}, got)
			require.InDeltaSlice(t, want, got, tolerance(length))
		}
	}
}

func TestARowsResultDoesNotDependOnItsPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, kernel := range []Kernel{Go, Best()} {
		for _, length := range []int{1, 7, 31, 256, 300} {
			row, query := random(rng, length), random(rng, length)
			matrix := random(rng, 40*length)
			for at := range 40 {
				copy(matrix[at*length:], row)
			}
			rows := rng.Perm(40)
			list := make([]uint32, len(rows))
			for i, r := range rows {
				list[i] = uint32(r)
			}
			scores := make([]float32, len(list))
			kernel(query, matrix, 0, list, scores)
			for _, score := range scores {
				require.Equal(t, math.Float32bits(scores[0]), math.Float32bits(score))
			}
		}
	}
}

func TestARowOutsideOfTheMatrixIsNeverRead(t *testing.T) {
	query, matrix := make([]float32, 8), make([]float32, 24)
	scores := make([]float32, 1)
	for _, kernel := range []Kernel{Go, Best()} {
		require.Panics(t, func() { kernel(query, matrix, 10, []uint32{13}, scores) }, "behind the end")
		require.Panics(t, func() { kernel(query, matrix, 10, []uint32{9}, scores) }, "before the beginning")
		require.Panics(t, func() { kernel(query, matrix, 10, []uint32{10, 11}, scores) }, "more rows than scores")
		require.NotPanics(t, func() { kernel(query, matrix, 10, nil, nil) })
	}
}
