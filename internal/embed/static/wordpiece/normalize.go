package wordpiece

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalizer holds the switches of a BERT normalizer.
type normalizer struct {
	cleanText    bool
	splitCJK     bool
	stripAccents bool
	lowercase    bool
}

// kind says what becomes of an ASCII character.
type kind uint8

const (
	kindLetter kind = iota
	kindRemoved
	kindSpace
	kindPunctuation
)

// asciiClass is what the normalizer and the pre-tokenizer make of one ASCII
// character.
type asciiClass struct {
	kind  kind
	lower byte
}

func (n normalizer) asciiClasses() (classes [utf8.RuneSelf]asciiClass) {
	for c := range classes {
		r := rune(c)
		class := asciiClass{lower: byte(c)}
		switch {
		case n.cleanText && unicode.Is(removed, r):
			class.kind = kindRemoved
		case unicode.Is(unicode.White_Space, r):
			class.kind = kindSpace
		case unicode.Is(punctuation, r):
			class.kind = kindPunctuation
		case n.lowercase:
			class.lower = byte(unicode.ToLower(r))
		}
		classes[c] = class
	}
	return classes
}

// isCJK reports whether BERT makes the character a word of its own: the CJK
// ideographs as google-research/bert lists their blocks, which leaves out kana
// and Hangul.
func isCJK(r rune) bool {
	switch {
	case r < 0x3400:
		return false
	case r <= 0xFFFF:
		return r <= 0x4DBF || r >= 0x4E00 && r <= 0x9FFF || r >= 0xF900 && r <= 0xFAFF
	}
	return r >= 0x20000 && r <= 0x2A6DF || r >= 0x2A700 && r <= 0x2B73F || r >= 0x2B740 && r <= 0x2B81F ||
		r >= 0x2B920 && r <= 0x2CEAF || r >= 0x2F800 && r <= 0x2FA1F
}

// dottedI is the only character whose lower case is two: i and a dot above.
const (
	dottedI  = 'İ'
	dotAbove = '\u0307'
)

// toLower maps as Unicode 17 does. The cases are letters that are newer than
// the tables of package unicode.
func toLower(r rune) rune {
	switch {
	case r < 0x1C89:
	case r >= 0x10D50 && r <= 0x10D65:
		return r + 0x20
	case r >= 0x16EA0 && r <= 0x16EB8:
		return r + 0x1B
	case r == 0xA7CB:
		return 0x264
	case r == 0xA7DC:
		return 0x19B
	case r == 0x1C89, r == 0xA7CC, r == 0xA7CE, r == 0xA7D2, r == 0xA7D4, r == 0xA7DA:
		return r + 1
	}
	return unicode.ToLower(r)
}

// maxDecomposed is the most characters that one decomposes to (Unicode, UAX 15,
// section 16).
const maxDecomposed = 4

// appendDecomposed appends the canonical decomposition of r, each character
// with its combining class. It does not use norm.NFD on whole strings since
// that breaks runs of more than 30 marks (its stream-safe format), which the
// tokenizers library does not.
func appendDecomposed(out []mark, r rune) []mark {
	if r >= hangulFirst && r <= hangulLast {
		return appendHangul(out, r)
	}
	var space [utf8.UTFMax]byte
	properties := norm.NFD.Properties(utf8.AppendRune(space[:0], r))
	parts := properties.Decomposition()
	if parts == nil || !unicode.Is(decomposable, r) {
		return append(out, mark{r, combiningClass(r, properties)})
	}
	for len(parts) > 0 {
		part, size := utf8.DecodeRune(parts)
		out = append(out, mark{part, combiningClass(part, norm.NFD.Properties(parts))})
		parts = parts[size:]
	}
	return out
}

func combiningClass(r rune, properties norm.Properties) uint8 {
	if class := properties.CCC(); class != 0 && unicode.Is(ordered, r) {
		return class
	}
	return 0
}

// Hangul syllables decompose by arithmetic (Unicode, section 3.12).
const (
	hangulFirst, hangulLast      = 0xAC00, 0xD7A3
	leadBase, vowelBase, endBase = 0x1100, 0x1161, 0x11A7
	vowelCount, endCount         = 21, 28
)

func appendHangul(out []mark, r rune) []mark {
	s := r - hangulFirst
	out = append(out, mark{r: leadBase + s/(vowelCount*endCount)}, mark{r: vowelBase + s%(vowelCount*endCount)/endCount})
	if end := s % endCount; end != 0 {
		out = append(out, mark{r: endBase + end})
	}
	return out
}
