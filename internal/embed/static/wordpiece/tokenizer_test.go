package wordpiece_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/eyeshot-dev/eyeshot/internal/embed/static/wordpiece"
)

func assertIDs(t *testing.T, tokenizer *wordpiece.Tokenizer, text string, want ...int32) {
	t.Helper()
	if got := tokenizer.Encoder().Encode(text); !slices.Equal(got, want) {
		t.Errorf("%q: ids %v, want %v", text, got, want)
	}
}

func TestInvalidUTF8CountsAsReplacementCharacters(t *testing.T) {
	tokenizer := mustParse(t, nil)
	for _, text := range []string{"caf\xe9 au lait", "\xff\xfe", "a\xc3", "\xed\xa0\x80x", "\xf4\x90\x80\x80 y"} {
		want := tokenizer.Encoder().Encode(strings.Map(func(r rune) rune { return r }, text)) // invalid bytes become U+FFFD
		if got := tokenizer.Encoder().Encode(text); !slices.Equal(got, want) {
			t.Errorf("%q: ids %v, want %v", text, got, want)
		}
	}
}

func TestAnEncoderDoesNotAllocateForOrdinaryText(t *testing.T) {
	tokenizer := mustParse(t, nil)
	encoder := tokenizer.Encoder()
	for _, text := range []string{"Refund fails after partial capture [MASK] in the billing job", "Zürich, Привет мир, 東京 café naïve"} {
		if n := testing.AllocsPerRun(100, func() { encoder.Encode(text) }); n != 0 {
			t.Errorf("%q: %v allocations, want none", text, n)
		}
	}
}

func TestTextOfManySpecialTokensTakesLinearTime(t *testing.T) {
	tokenizer := mustParse(t, nil)
	// In quadratic time a text of this size would take minutes.
	if got := len(tokenizer.Encoder().Encode(strings.Repeat("[PAD]", 400_000))); got != 400_000 {
		t.Errorf("%d ids, want 400000", got)
	}
}

func TestOneWordOfAMegabyteIsUnknown(t *testing.T) {
	tokenizer := mustParse(t, nil)
	assertIDs(t, tokenizer, strings.Repeat("a", 1<<20), tokenizer.Unknown())
	assertIDs(t, tokenizer, strings.Repeat("\u1b44\u302e", 1<<17), tokenizer.Unknown())
}

// FuzzEncode holds the encoder, which walks the text once, against the plain
// reading of the specification, step after step over whole strings.
func FuzzEncode(f *testing.F) {
	for _, seed := range []string{"", "Hello, World!", "Zu\u0308rich 東京 \u0130x", "q\u0307\u0323 \u1b44\u302e\u0323", "한국어 [MASK]\u0301", "a\x00\x0b\u200d\xff"} {
		f.Add(seed)
	}
	tokenizer := mustParse(f, nil)
	plain := newPlain(f)
	f.Fuzz(func(t *testing.T, text string) {
		got := tokenizer.Encoder().Encode(text)
		for _, id := range got {
			if id < 0 || id > tokenizer.MaxID() {
				t.Fatalf("%q: id %d is beyond %d", text, id, tokenizer.MaxID())
			}
		}
		if again := tokenizer.Encoder().Encode(text); !slices.Equal(got, again) {
			t.Fatalf("%q: ids %v, then %v", text, got, again)
		}
		if longestMarkRun(text) > 20 || !utf8.ValidString(text) {
			return // norm.NFD breaks long runs of marks, on which plain rests
		}
		if want := plain.ids(text); !slices.Equal(got, want) {
			t.Fatalf("%q: ids %v, the plain reading has %v", text, got, want)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	tokenizer := mustParse(b, nil)
	texts := map[string]string{
		"ascii":    "Refund fails after a partial capture when two users edit the same ticket in production",
		"cyrillic": "Возврат не проходит после частичного списания, если два пользователя правят одну заявку",
	}
	for name, text := range texts {
		b.Run(name, func(b *testing.B) {
			encoder := tokenizer.Encoder()
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				encoder.Encode(text)
			}
		})
	}
}
