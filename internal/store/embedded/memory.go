package embedded

import "sync"

// memory lends out what each search needs for its length: a score for every row
// that it looks at. The zero memory is ready.
type memory struct {
	scores sync.Pool // *[]float32
	sums   sync.Pool // *[]float64
}

// borrow returns n numbers of a pool, not cleared.
func borrow[T float32 | float64](pool *sync.Pool, n int) []T {
	if kept, ok := pool.Get().(*[]T); ok && cap(*kept) >= n {
		return (*kept)[:n]
	}
	return make([]T, n)
}

func giveBack[T float32 | float64](pool *sync.Pool, numbers []T) { pool.Put(&numbers) }
