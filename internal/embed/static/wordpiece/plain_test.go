package wordpiece_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// plain is the tokenizer as its specification reads, one step after the other
// over whole strings, for the built-in settings. It uses this Go version's
// Unicode tables, so it speaks only of characters on which they and the
// library agree.
type plain struct {
	vocab   map[string]int32
	special []string
}

func newPlain(t testing.TB) plain {
	var spec struct {
		AddedTokens []struct{ Content string } `json:"added_tokens"`
		Model       struct{ Vocab map[string]int32 }
	}
	data, err := os.ReadFile(builtIn)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &spec); err != nil {
		t.Fatal(err)
	}
	p := plain{vocab: spec.Model.Vocab}
	for _, added := range spec.AddedTokens {
		p.special = append(p.special, added.Content)
	}
	return p
}

func (p plain) ids(text string) (ids []int32) {
	for text != "" {
		at, token := len(text), ""
		for _, s := range p.special {
			if i := strings.Index(text, s); i >= 0 && i < at {
				at, token = i, s
			}
		}
		for _, word := range p.words(text[:at]) {
			ids = append(ids, p.pieces(word)...)
		}
		if token != "" {
			ids = append(ids, p.vocab[token])
		}
		text = text[at+len(token):]
	}
	return ids
}

func (p plain) words(text string) (words []string) {
	text = strings.Map(clean, text)
	var spaced strings.Builder
	for _, r := range text {
		if unicode.Is(unicode.Unified_Ideograph, r) || r >= 0xF900 && r <= 0xFAFF || r >= 0x2F800 && r <= 0x2FA1F {
			spaced.WriteString(" " + string(r) + " ")
		} else {
			spaced.WriteRune(r)
		}
	}
	text = strings.Map(withoutMarks, norm.NFD.String(spaced.String()))
	text = strings.Map(unicode.ToLower, text)
	for _, field := range strings.Fields(text) {
		words = append(words, splitPunctuation(field)...)
	}
	return words
}

func clean(r rune) rune {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return ' '
	case r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co):
		return -1
	}
	return r
}

func withoutMarks(r rune) rune {
	if unicode.Is(unicode.Mn, r) {
		return -1
	}
	return r
}

func splitPunctuation(field string) (words []string) {
	start := 0
	for i, r := range field {
		if unicode.IsPunct(r) || r < utf8.RuneSelf && unicode.IsSymbol(r) {
			if start < i {
				words = append(words, field[start:i])
			}
			start = i + utf8.RuneLen(r)
			words = append(words, field[i:start])
		}
	}
	if start < len(field) {
		words = append(words, field[start:])
	}
	return words
}

func (p plain) pieces(word string) (ids []int32) {
	if utf8.RuneCountInString(word) > 100 {
		return []int32{p.vocab["[UNK]"]}
	}
	prefix := ""
	for word != "" {
		end := len(word)
		for end > 0 {
			if _, ok := p.vocab[prefix+word[:end]]; ok {
				break
			}
			_, size := utf8.DecodeLastRuneInString(word[:end])
			end -= size
		}
		if end == 0 {
			return []int32{p.vocab["[UNK]"]}
		}
		ids = append(ids, p.vocab[prefix+word[:end]])
		word, prefix = word[end:], "##"
	}
	return ids
}

func longestMarkRun(text string) (longest int) {
	run := 0
	for _, r := range norm.NFD.String(text) {
		if run++; norm.NFD.PropertiesString(string(r)).CCC() == 0 && !unicode.In(r, unicode.Cf, unicode.Cc) {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
