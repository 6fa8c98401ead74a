package keyword

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseReadsWordsPhrasesAndPrefixes(t *testing.T) {
	type phrases = [][]string
	many := strings.TrimSpace(strings.Repeat("word ", MaxPhraseTokens+1))
	for _, test := range []struct {
		text string
		want Query
	}{
		{"", Query{}},
		{" \t\n ", Query{}},
		{"Refund fails", Query{Terms: []string{"refund", "fails"}}},
		{"the the THE", Query{Terms: []string{"the"}}},
		{"PAY-1482", Query{Terms: []string{"pay", "1482"}}},
		{`"partial capture"`, Query{Terms: []string{"partial", "capture"}, Phrases: phrases{{"partial", "capture"}}}},
		{`refund "Partial-Capture" late`, Query{Terms: []string{"refund", "partial", "capture", "late"}, Phrases: phrases{{"partial", "capture"}}}},
		{`"one"`, Query{Terms: []string{"one"}, Phrases: phrases{{"one"}}}},
		{"refund*", Query{Prefixes: []string{"refund"}}},
		{"refund* REFUND*", Query{Prefixes: []string{"refund"}}},
		{"pre-Fund* x", Query{Terms: []string{"pre", "x"}, Prefixes: []string{"fund"}}},
		{"Caf\u00e9*", Query{Prefixes: []string{"cafe"}}},
		{"cafe\u0301*", Query{Prefixes: []string{"cafe"}}},

		{"a*", Query{Terms: []string{"a"}}},
		{"refund**", Query{Terms: []string{"refund"}}},
		{"refund *", Query{Terms: []string{"refund"}}},
		{"refund-*", Query{Terms: []string{"refund"}}},
		{"*", Query{}},
		{"re*fund", Query{Terms: []string{"re", "fund"}}},
		{`"unbalanced words`, Query{Terms: []string{"unbalanced", "words"}}},
		{`"a b" "c d`, Query{Terms: []string{"a", "b", "c", "d"}, Phrases: phrases{{"a", "b"}}}},
		{`""`, Query{}},
		{`"..."`, Query{}},
		{`""""`, Query{}},
		{`"partial cap"*`, Query{Terms: []string{"partial", "cap"}, Phrases: phrases{{"partial", "cap"}}}},
		{"text:refund AND (NOT ^near) NEAR(a, 2) {x y}: -z +w", Query{Terms: strings.Fields("text refund and not near a 2 x y z w")}},
		{`'; DROP TABLE chunks; --`, Query{Terms: []string{"drop", "table", "chunks"}}},
		{"\x00\xff\xfe", Query{}},
		{`"` + many + `"`, Query{Terms: []string{"word"}}},
	} {
		t.Run(test.text, func(t *testing.T) {
			require.Equal(t, test.want, Parse(NewTokenizer(), test.text))
		})
	}
}

func TestMoreConstraintsThanAllowedAreReadAsWords(t *testing.T) {
	query := Parse(NewTokenizer(), strings.Repeat(`"x y" `, MaxConstraints)+`"never seen" also*`)
	require.Len(t, query.Phrases, MaxConstraints)
	require.Empty(t, query.Prefixes)
	require.Equal(t, []string{"x", "y", "never", "seen", "also"}, query.Terms)
}
