package embedded

import "slices"

// best returns the n best entries that come after the last page, best first.
//
// It keeps the n best seen so far in a heap with the worst on top. Nearly every
// row then costs one comparison, with the worst score that still counts.
func (c *cursor) best(n int) []entry {
	if n == 0 {
		return nil
	}
	heap := make([]entry, 0, n)
	worst := float32(0) // what is not above 0 is not in the list
	for at, score := range c.scores {
		if score < worst || score <= 0 || c.begun && score > c.last.score {
			continue
		}
		e := entry{score, c.rows[at]}
		if c.begun && score == c.last.score && c.compare(e, c.last) <= 0 {
			continue // it was on an earlier page
		}
		switch {
		case len(heap) < n:
			heap = append(heap, e)
			c.up(heap)
		case c.compare(e, heap[0]) < 0:
			heap[0] = e
			c.down(heap)
		}
		if len(heap) == n {
			worst = heap[0].score
		}
	}
	slices.SortFunc(heap, c.compare)
	return heap
}

// up restores the heap after its last entry was added.
func (c *cursor) up(heap []entry) {
	for at := len(heap) - 1; at > 0; {
		parent := (at - 1) / 2
		if c.compare(heap[at], heap[parent]) <= 0 {
			return
		}
		heap[at], heap[parent] = heap[parent], heap[at]
		at = parent
	}
}

// down restores the heap after its first entry was replaced.
func (c *cursor) down(heap []entry) {
	for at := 0; ; {
		worse := 2*at + 1
		if worse >= len(heap) {
			return
		}
		if right := worse + 1; right < len(heap) && c.compare(heap[right], heap[worse]) > 0 {
			worse = right
		}
		if c.compare(heap[worse], heap[at]) <= 0 {
			return
		}
		heap[at], heap[worse] = heap[worse], heap[at]
		at = worse
	}
}
