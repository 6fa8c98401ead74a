package dot

import (
	"slices"

	"github.com/klauspost/cpuid/v2"
)

// Best returns the fastest kernel that this processor runs.
func Best() Kernel {
	if cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3) {
		return avx2
	}
	return Go
}

// avx2 checks what the assembly can't: that every row lies in the matrix.
func avx2(query, matrix []float32, first uint32, rows []uint32, scores []float32) {
	if len(rows) == 0 {
		return
	}
	if len(query) == 0 {
		clear(scores[:len(rows)])
		return
	}
	_ = scores[len(rows)-1]
	_ = matrix[uint64(slices.Min(rows)-first)*uint64(len(query))]                      // wraps around below first
	_ = matrix[uint64(slices.Max(rows)-first)*uint64(len(query))+uint64(len(query)-1)] // beyond the end
	rowsAVX2(&query[0], &matrix[0], len(query), first, &rows[0], len(rows), &scores[0])
}

// rowsAVX2 computes n dot products. While it multiplies one row it prefetches
// the row that comes four later in the list: under a filter rows are scattered,
// and the processor's own prefetcher, which expects neighbours, fetches in vain.
//
//go:noescape
func rowsAVX2(query, matrix *float32, dimension int, first uint32, rows *uint32, n int, scores *float32)
