package wordpiece

import (
	"strings"
	"unicode/utf8"
)

// Tokenizer turns text into ids. It is immutable and safe for concurrent use.
// Build one with [Parse].
type Tokenizer struct {
	normalizer normalizer
	ascii      [utf8.RuneSelf]asciiClass
	start      vocabulary // pieces that a word may start with
	inner      vocabulary // pieces that continue a word, without their prefix
	unknown    int32
	maxChars   int   // a word of more characters is unknown
	lengths    []int // characters of each token, special ones included
	maxID      int32

	special       []specialToken // the longest first
	startsSpecial [256]bool      // first bytes of the special tokens
}

// vocabulary maps pieces to ids.
type vocabulary struct {
	ids     map[string]int32
	longest int // bytes of the longest piece
}

// specialToken is matched in the text as it was given, before any
// normalization: "[MASK]".
type specialToken struct {
	content string
	id      int32
}

// Unknown returns the id that stands for a word without pieces. [Encoder.Encode]
// gives it like any other.
func (t *Tokenizer) Unknown() int32 { return t.unknown }

// Size returns the number of tokens, special ones included.
func (t *Tokenizer) Size() int { return len(t.lengths) }

// Lengths returns the characters of each token, in no order. Do not change it.
func (t *Tokenizer) Lengths() []int { return t.lengths }

// MaxID returns the largest id that [Encoder.Encode] can give.
func (t *Tokenizer) MaxID() int32 { return t.maxID }

// Encoder returns a new encoder for this tokenizer.
func (t *Tokenizer) Encoder() *Encoder { return &Encoder{t: t} }

// findSpecial returns the first special token in the text, of several at the
// same place the longest (t.special is sorted so), or nil.
func (t *Tokenizer) findSpecial(text string) (int, *specialToken) {
	for at := range len(text) {
		if !t.startsSpecial[text[at]] {
			continue
		}
		for i := range t.special {
			if strings.HasPrefix(text[at:], t.special[i].content) {
				return at, &t.special[i]
			}
		}
	}
	return len(text), nil
}

// appendPieces appends the ids of a word's pieces, always the longest that
// fits, or the unknown id alone where some part of it has none.
func (t *Tokenizer) appendPieces(ids []int32, word []byte) []int32 {
	before := len(ids)
	pieces := &t.start
	for len(word) > 0 {
		id, size := pieces.longestPrefix(word)
		if size == 0 {
			return append(ids[:before], t.unknown)
		}
		ids = append(ids, id)
		word = word[size:]
		pieces = &t.inner
	}
	return ids
}

// longestPrefix returns the id and the bytes of the longest piece that the
// word starts with; 0 bytes where there is none.
func (v *vocabulary) longestPrefix(word []byte) (id int32, size int) {
	for end := min(len(word), v.longest); end > 0; end-- {
		if end < len(word) && !utf8.RuneStart(word[end]) {
			continue
		}
		if id, ok := v.ids[string(word[:end])]; ok {
			return id, end
		}
	}
	return 0, 0
}
