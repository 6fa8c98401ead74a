package keyword

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTokensAreThoseOfFTS5(t *testing.T) {
	engine, tokenizer := newFTS5(t), NewTokenizer()
	texts := rapid.SliceOfN(text(), 1, 20)
	rapid.Check(t, func(t2 *rapid.T) {
		batch := texts.Draw(t2, "texts")
		for i, want := range engine.tokens(t, batch) {
			require.Equal(t2, want, tokenizer.Tokens(batch[i]), "%q", batch[i])
		}
	})
}

// text draws words of every script, marks and separators, side by side.
func text() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`([A-Za-z0-9_]{1,8}[-. /"*]?){0,20}`),
		rapid.StringOfN(rapid.RuneFrom(nil, unicode.Mn, unicode.Mc, unicode.L, unicode.N, unicode.Co, unicode.P, unicode.S), 0, 60, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune("aÉe\u0301\u0308İıßΣς語한\u200d\U0001F600\U00010400\U000E0100\u0000 -")), 0, 40, -1),
	)
}

func TestTokens(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"PAY-1482: Refund fails!", []string{"pay", "1482", "refund", "fails"}},
		{"snake_case camelCase v1.2.3", []string{"snake", "case", "camelcase", "v1", "2", "3"}},
		{"Crème BRÛLÉE cafe\u0301", []string{"creme", "brulee", "cafe"}},
		{"Αθήνα 東京 Москва", []string{"αθήνα", "東京", "москва"}},
		{"one\xfftwo", []string{"one", "two"}},
		{"one\x00two", []string{"one", "two"}},
	} {
		require.Equal(t, test.want, NewTokenizer().Tokens(test.text), "%q", test.text)
	}
}

func TestAVeryLongTokenIsCutWhereFTS5CutsIt(t *testing.T) {
	long := strings.Repeat("x", MaxTokenBytes+1000)
	want := newFTS5(t).tokens(t, []string{long})
	require.Equal(t, want[0], NewTokenizer().Tokens(long))
}

func BenchmarkTokenizer(b *testing.B) {
	text := strings.Repeat("The refund of PAY-1482 fails after a partial capture; see handbook/oncall.md. ", 1000)
	tokenizer := NewTokenizer()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tokenizer.Each(text, func([]byte) {})
	}
}
