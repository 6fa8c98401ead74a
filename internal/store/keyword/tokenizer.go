package keyword

import (
	"sort"
	"unicode/utf8"
)

// MaxTokenBytes is where a longer token is cut, as FTS5 cuts it.
const MaxTokenBytes = 32768

// Tokenizer splits text into tokens and folds case and diacritics, exactly as
// FTS5's "unicode61 remove_diacritics 2" does: a test holds it to FTS5 itself.
// It is immutable and safe for concurrent use; build one and share it.
type Tokenizer struct {
	bmp [1 << 16]rune // what each code point below U+10000 becomes
}

// What a code point becomes where that is no other code point.
const (
	separator rune = 0  // ends a token
	mark      rune = -1 // vanishes within a token, and starts none
)

// NewTokenizer builds a tokenizer; it takes about 256 KiB.
func NewTokenizer() *Tokenizer {
	t := &Tokenizer{}
	for r := range t.bmp {
		t.bmp[r] = look(rune(r))
	}
	return t
}

// Each calls visit with every token of the text in turn. The token is only
// valid during the call. Invalid UTF-8 separates tokens.
func (t *Tokenizer) Each(text string, visit func(token []byte)) {
	token := make([]byte, 0, 64)
	inToken := false
	for i := 0; i < len(text); {
		size := 1
		folded := rune(text[i])
		if folded < utf8.RuneSelf {
			folded = t.bmp[folded]
		} else {
			folded, size = t.decode(text[i:])
		}
		i += size
		switch {
		case folded > 0 && folded < utf8.RuneSelf:
			token, inToken = append(token, byte(folded)), true
		case folded > 0:
			token, inToken = utf8.AppendRune(token, folded), true
		case folded == separator && inToken:
			visit(cut(token))
			token, inToken = token[:0], false
		}
	}
	if inToken {
		visit(cut(token))
	}
}

// Tokens returns the tokens of the text.
func (t *Tokenizer) Tokens(text string) []string {
	var tokens []string
	t.Each(text, func(token []byte) { tokens = append(tokens, string(token)) })
	return tokens
}

func (t *Tokenizer) decode(text string) (folded rune, size int) {
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case r == utf8.RuneError && size == 1:
		return separator, size
	case int(r) < len(t.bmp):
		return t.bmp[r], size
	}
	return look(r), size
}

// look finds a code point in the tables that were taken from FTS5. Whatever
// they don't name is part of a token and stays as it is.
func look(r rune) rune {
	i := sort.Search(len(separators), func(i int) bool { return separators[i].last >= r })
	if i < len(separators) && separators[i].first <= r {
		return separator
	}
	i = sort.Search(len(folds), func(i int) bool { return folds[i].from >= r })
	if i < len(folds) && folds[i].from == r {
		return folds[i].to
	}
	return r
}

func cut(token []byte) []byte {
	return token[:min(len(token), MaxTokenBytes)]
}
