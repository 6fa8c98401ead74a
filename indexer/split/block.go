package split

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type kind uint8

const (
	paragraph kind = iota
	heading
	code
	table
	listItem
	quote
)

// overlaps reports whether two pieces of one block share a little text: prose
// does, because a cut there falls into a train of thought.
func (k kind) overlaps() bool { return k == paragraph || k == quote || k == listItem }

// whole reports whether a block is kept in one piece up to the longest size.
func (k kind) whole() bool { return k == code || k == table }

// block says where a part of a text begins and what it is. It ends where the
// next one begins, so that blocks always cover the whole text, whatever a
// parser makes of it.
type block struct {
	start int
	kind  kind
	level int    // of a heading, from 1
	title string // of a heading
}

// unit is a block with its extent, white space at both ends taken off, and the
// section that it stands in.
type unit struct {
	start, end int
	kind       kind
	section    *section
}

// units gives blocks their extents and sections. Blocks that hold nothing but
// white space are dropped; blocks out of order are as well.
func units(text string, blocks []block) []unit {
	out := make([]unit, 0, len(blocks)+1)
	var current *section
	add := func(b block, end int) {
		start, end := trim(text, b.start, end)
		if start == end {
			return
		}
		if b.kind == heading {
			current = current.enter(b.level, b.title)
		}
		out = append(out, unit{start: start, end: end, kind: b.kind, section: current})
	}
	open := block{kind: paragraph}
	for _, next := range blocks {
		if next.start < open.start || next.start > len(text) {
			continue
		}
		add(open, next.start)
		open = next
	}
	add(open, len(text))
	return out
}

// trim narrows [start, end) to what is left without white space at its ends.
func trim(text string, start, end int) (int, int) {
	part := strings.TrimLeftFunc(text[start:end], unicode.IsSpace)
	start = end - len(part)
	return start, start + len(strings.TrimRightFunc(part, unicode.IsSpace))
}

func runes(s string) int { return utf8.RuneCountInString(s) }

// cutRunes shortens s to n characters and marks that it did.
func cutRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return strings.TrimSpace(s[:i]) + "…"
		}
		n--
	}
	return s
}
