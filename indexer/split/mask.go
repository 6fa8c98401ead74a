package split

// maxMarkers is how much of a line's beginning may nest blocks. Nobody writes
// that deep, and every level costs a parser time on every line below it.
const maxMarkers = 64

// masked returns source, or a copy of the same length in which nothing behind
// the first maxMarkers bytes of a line can open a further level: a line of a
// million '>' is then a shallow quote instead of a million nested ones.
func masked(source []byte) []byte {
	copied := false
	for start := 0; start < len(source); {
		end := start
		for end < len(source) && isMarker(source[end]) {
			end++
		}
		if end-start > maxMarkers {
			if !copied {
				source, copied = append([]byte(nil), source...), true
			}
			for i := start + maxMarkers; i < end; i++ {
				source[i] = 'x'
			}
		}
		for end < len(source) && source[end] != '\n' {
			end++
		}
		start = end + 1
	}
	return source
}

func isMarker(c byte) bool {
	switch c {
	case '>', '-', '*', '+', '.', ')', ' ', '\t':
		return true
	}
	return c >= '0' && c <= '9'
}
