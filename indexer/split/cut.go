package split

import (
	"unicode"
	"unicode/utf8"
)

// cut divides a stretch of text that is too long for one chunk. A piece ends,
// in its second half, at the best place that there is: the end of a line for
// code and tables, of a sentence for prose, of a word, else between two
// characters. Pieces of prose overlap a little.
func (p *packer) cut(start, end int, k kind) []span {
	var pieces []span
	left := runes(p.text[start:end])
	for left > p.options.Max {
		from := advance(p.text, start, p.options.Target/2)
		to := advance(p.text, from, p.options.Target-p.options.Target/2)
		at := p.boundary(from, to, k)
		pieces = p.appendPiece(pieces, start, at)
		next := at
		if k.overlaps() {
			next = p.overlapFrom(at)
		}
		left -= runes(p.text[start:next])
		start = next
	}
	return p.appendPiece(pieces, start, end)
}

func (p *packer) appendPiece(pieces []span, start, end int) []span {
	start, end = trim(p.text, start, end)
	if start == end {
		return pieces
	}
	return append(pieces, span{start: start, end: end, size: runes(p.text[start:end])})
}

// boundary returns the best offset to end a piece at, within (from, to].
func (p *packer) boundary(from, to int, k kind) int {
	m := p.marks(from, to)
	order := [3]int{m.sentence, m.line, m.word}
	if !k.overlaps() {
		order = [3]int{m.line, m.word, m.sentence}
	}
	for _, at := range order {
		if at > from {
			return at
		}
	}
	return to
}

// overlapFrom returns where the piece behind a cut begins: at the first
// sentence, else word, within the overlap before it.
func (p *packer) overlapFrom(at int) int {
	from := retreat(p.text, at, p.options.Overlap)
	word := at
	for i := from; i < at; {
		r, size := utf8.DecodeRuneInString(p.text[i:])
		i += size
		if i >= at || !unicode.IsSpace(r) {
			continue
		}
		if endsSentence(p.text[:i-size]) {
			return i
		}
		word = min(word, i)
	}
	return word
}

// marks are the last places of their sort in a stretch, or 0.
type marks struct{ sentence, line, word int }

func (p *packer) marks(from, to int) marks {
	var m marks
	spaces := 0
	for i := from; i < to; {
		r, size := utf8.DecodeRuneInString(p.text[i:])
		i += size
		switch {
		case !unicode.IsSpace(r):
			spaces = 0
			if isFullStop(r) {
				m.sentence = i
			}
			continue
		case r == '\n', p.flat && spaces > 0:
			m.line = i
		}
		if spaces == 0 && endsSentence(p.text[:i-size]) {
			m.sentence = i
		}
		spaces++
		m.word = i
	}
	return m
}

// endsSentence reports whether text ends with a full stop, behind which
// quotation marks and brackets may close.
func endsSentence(text string) bool {
	for range 4 {
		r, size := utf8.DecodeLastRuneInString(text)
		switch r {
		case '.', '!', '?', '…':
			return true
		case '"', '\'', ')', ']', '”', '’', '»':
			text = text[:len(text)-size]
		default:
			return false
		}
	}
	return false
}

// isFullStop reports whether r ends a sentence without white space behind it.
func isFullStop(r rune) bool { return r == '。' || r == '！' || r == '？' || r == '।' }

// advance returns the offset n characters behind at, or the text's end.
func advance(text string, at, n int) int {
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// retreat returns the offset n characters before at, or 0.
func retreat(text string, at, n int) int {
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
	}
	return at
}
