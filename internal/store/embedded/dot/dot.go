// Package dot multiplies one vector with many rows of a matrix, as fast as
// memory delivers them. It knows nothing of what the rows stand for.
package dot

// Kernel computes scores[i] = query · row(rows[i]-first) of the matrix, whose
// rows are len(query) numbers each, one after the other. len(scores) must be at
// least len(rows). A row's result depends on the row's numbers and the query's
// alone: not on where it lies, on its neighbours, or on its place in rows.
// A row outside of the matrix is a run-time panic, as an index of a slice is.
type Kernel func(query, matrix []float32, first uint32, rows []uint32, scores []float32)

// Go is the kernel in plain Go: the fallback, and what all others are held to.
func Go(query, matrix []float32, first uint32, rows []uint32, scores []float32) {
	for i, row := range rows {
		from := int(row-first) * len(query)
		scores[i] = product(query, matrix[from:from+len(query)])
	}
}

// product sums into four accumulators, so that additions don't wait for each
// other.
func product(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}
