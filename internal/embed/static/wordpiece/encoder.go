package wordpiece

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// Encoder turns texts into ids, one after the other, in memory that it uses
// again. It is not safe for concurrent use: take one a goroutine, with
// [Tokenizer.Encoder].
//
// It walks a text once: each character is normalized and goes into the word
// under way, and a finished word becomes ids.
type Encoder struct {
	t     *Tokenizer
	ids   []int32
	word  []byte // normalized, at most maxChars characters of it
	chars int    // characters of the word, also those not kept
	marks []mark // combining marks that still wait for their order
}

// mark is a character that canonical ordering may move.
type mark struct {
	r     rune
	class uint8 // canonical combining class, never 0
}

// Encode returns the ids of text, in a slice that is valid until the next
// call. Bytes that are not valid UTF-8 count as U+FFFD.
func (e *Encoder) Encode(text string) []int32 {
	e.ids = e.ids[:0]
	for {
		at, token := e.t.findSpecial(text)
		e.text(text[:at])
		if token == nil {
			return e.ids
		}
		e.ids = append(e.ids, token.id)
		text = text[at+len(token.content):]
	}
}

// text takes in a stretch of text that no word crosses the ends of.
func (e *Encoder) text(s string) {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			e.asciiByte(c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		e.character(r)
		i += size
	}
	e.boundary()
}

// boundary ends the word under way, with the marks that belong to it.
func (e *Encoder) boundary() {
	e.flushMarks()
	e.endWord()
}

// asciiByte does for ASCII what character does for all, from a table.
func (e *Encoder) asciiByte(c byte) {
	class := &e.t.ascii[c]
	if class.kind == kindRemoved {
		return
	}
	if len(e.marks) > 0 {
		e.flushMarks()
	}
	switch class.kind {
	case kindSpace:
		e.endWord()
	case kindPunctuation:
		e.endWord()
		e.letter(rune(c))
		e.endWord()
	default:
		if e.chars++; e.chars <= e.t.maxChars {
			e.word = append(e.word, class.lower)
		}
	}
}

// character takes in one character of the text: the order of the steps is the
// BERT normalizer's.
func (e *Encoder) character(r rune) {
	n := &e.t.normalizer
	switch {
	case n.cleanText && unicode.Is(removed, r):
	case n.splitCJK && isCJK(r):
		e.boundary()
		e.accented(r)
		e.boundary()
	default:
		e.accented(r)
	}
}

// accented decomposes the character and drops its accents, where accents are
// to be stripped.
func (e *Encoder) accented(r rune) {
	if !e.t.normalizer.stripAccents {
		e.lowered(r)
		return
	}
	var space [maxDecomposed]mark
	for _, d := range appendDecomposed(space[:0], r) {
		switch {
		case d.class == 0:
			e.flushMarks()
			if !unicode.Is(nonspacing, d.r) {
				e.lowered(d.r)
			}
		case !unicode.Is(nonspacing, d.r):
			e.marks = append(e.marks, d)
		}
	}
}

// flushMarks puts the marks that wait in canonical order (Unicode, section
// 3.11, D109) and takes them in.
func (e *Encoder) flushMarks() {
	if len(e.marks) == 0 {
		return
	}
	marks := e.marks
	e.marks = e.marks[:0]
	slices.SortStableFunc(marks, func(a, b mark) int { return int(a.class) - int(b.class) })
	for _, m := range marks {
		e.lowered(m.r)
	}
}

// lowered maps to lower case, where the tokenizer does, and splits words at
// white space and around punctuation.
func (e *Encoder) lowered(r rune) {
	if e.t.normalizer.lowercase {
		if r == dottedI {
			e.letter('i')
			r = dotAbove
		} else {
			r = toLower(r)
		}
	}
	switch {
	case unicode.Is(unicode.White_Space, r):
		e.endWord()
	case unicode.Is(punctuation, r):
		e.endWord()
		e.letter(r)
		e.endWord()
	default:
		e.letter(r)
	}
}

func (e *Encoder) letter(r rune) {
	if e.chars++; e.chars <= e.t.maxChars {
		e.word = utf8.AppendRune(e.word, r)
	}
}

// endWord turns the word under way, if any, into ids.
func (e *Encoder) endWord() {
	switch {
	case e.chars == 0:
		return
	case e.chars > e.t.maxChars:
		e.ids = append(e.ids, e.t.unknown)
	default:
		e.ids = e.t.appendPieces(e.ids, e.word)
	}
	e.word, e.chars = e.word[:0], 0
}
