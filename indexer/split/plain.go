package split

import "strings"

// plainBlocks are the paragraphs of a text: what blank lines separate.
func plainBlocks(text string) []block {
	var blocks []block
	inside := false
	for start := 0; start < len(text); {
		end := lineEnd(text, start)
		blank := strings.TrimSpace(text[start:end]) == ""
		if !blank && !inside {
			blocks = append(blocks, block{start: start})
		}
		inside = !blank
		start = end
	}
	return blocks
}

// lineEnd returns the offset behind the line that start is in.
func lineEnd(text string, start int) int {
	if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
		return start + i + 1
	}
	return len(text)
}
