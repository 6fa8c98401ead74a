package wordpiece_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eyeshot-dev/eyeshot/internal/embed/static/wordpiece"
)

const builtIn = "../../model/tokenizer.json"

// change replaces fields of tokenizer.json: part, field, value.
type change map[string]map[string]any

// parseChanged parses the built-in tokenizer.json with some fields replaced.
func parseChanged(t testing.TB, c change) (*wordpiece.Tokenizer, error) {
	t.Helper()
	data, err := os.ReadFile(builtIn)
	if err != nil {
		t.Fatal(err)
	}
	if len(c) == 0 {
		return wordpiece.Parse(data)
	}
	var spec map[string]any
	if err := json.Unmarshal(data, &spec); err != nil {
		t.Fatal(err)
	}
	for part, fields := range c {
		for field, value := range fields {
			spec[part].(map[string]any)[field] = value
		}
	}
	if data, err = json.Marshal(spec); err != nil {
		t.Fatal(err)
	}
	return wordpiece.Parse(data)
}

func mustParse(t testing.TB, c change) *wordpiece.Tokenizer {
	t.Helper()
	tokenizer, err := parseChanged(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return tokenizer
}

// mustParseSpec parses a tokenizer.json of BERT's usual settings around a vocabulary.
func mustParseSpec(t testing.TB, vocab map[string]int) *wordpiece.Tokenizer {
	t.Helper()
	data, err := json.Marshal(map[string]any{
		"normalizer":    map[string]any{"type": "BertNormalizer"},
		"pre_tokenizer": map[string]any{"type": "BertPreTokenizer"},
		"model":         map[string]any{"type": "WordPiece", "vocab": vocab},
	})
	if err != nil {
		t.Fatal(err)
	}
	tokenizer, err := wordpiece.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return tokenizer
}

// jsonLines calls fn with each line of a file; the first is line 1.
func jsonLines(t testing.TB, path string, fn func(line int, data []byte)) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		fn(i+1, line)
	}
}

func TestOddTextsGetTheIDsOfTheTokenizersLibrary(t *testing.T) {
	var tokenizers []*wordpiece.Tokenizer
	jsonLines(t, "testdata/odd.jsonl", func(line int, data []byte) {
		if line == 1 {
			var settings []change
			if err := json.Unmarshal(data, &settings); err != nil {
				t.Fatal(err)
			}
			for _, setting := range settings {
				tokenizers = append(tokenizers, mustParse(t, setting))
			}
			return
		}
		var golden struct {
			Text string
			IDs  [][]int32
		}
		if err := json.Unmarshal(data, &golden); err != nil {
			t.Fatal(err)
		}
		for i, want := range golden.IDs {
			if want == nil {
				want = golden.IDs[0]
			}
			got := tokenizers[i].Encoder().Encode(golden.Text)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("line %d, setting %d, text %.60q (-library +ours):\n%s", line, i, golden.Text, diff)
			}
		}
	})
	if len(tokenizers) < 10 {
		t.Fatalf("%d settings were compared, want 10", len(tokenizers))
	}
}

func TestCombiningMarksThatStayAreInTheOrderOfTheTokenizersLibrary(t *testing.T) {
	var tokenizer *wordpiece.Tokenizer
	jsonLines(t, "testdata/marks.jsonl", func(line int, data []byte) {
		if line == 1 {
			var vocab map[string]int
			if err := json.Unmarshal(data, &vocab); err != nil {
				t.Fatal(err)
			}
			tokenizer = mustParseSpec(t, vocab)
			return
		}
		var golden struct {
			Text string
			IDs  []int32
		}
		if err := json.Unmarshal(data, &golden); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(golden.IDs, tokenizer.Encoder().Encode(golden.Text)); diff != "" {
			t.Errorf("line %d, text %+q (-library +ours):\n%s", line, golden.Text, diff)
		}
	})
}

// Every code point stands alone between two letters. With the vocabulary below
// its words can be read off the ids, whatever the character.
func TestEveryCodePointIsTreatedAsTheTokenizersLibraryTreatsIt(t *testing.T) {
	want := expectedWords(t)
	for _, block := range codePointBlocks(want) {
		tokenizer := characterTokenizer(t, block, want)
		for _, r := range block {
			expected, listed := want[r]
			if !listed {
				expected = "a@b"
			}
			expected = strings.ReplaceAll(expected, "@", string(r))
			if got := tokenizer.words("a" + string(r) + "b"); got != expected {
				t.Errorf("U+%04X: words %q, want %q", r, got, expected)
			}
		}
	}
}

// expectedWords reads codepoints.tsv.gz: words by code point, tab-separated,
// with "@" for the code point itself.
func expectedWords(t *testing.T) map[rune]string {
	f, err := os.Open("testdata/codepoints.tsv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(unzipped)
	if err != nil {
		t.Fatal(err)
	}
	want := map[rune]string{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		var first, last rune
		span, words, _ := strings.Cut(lines.Text(), "\t")
		if _, err := fmt.Sscanf(span, "%x-%x", &first, &last); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		for r := first; r <= last; r++ {
			want[r] = words
		}
	}
	return want
}

// codePointBlocks lists the code points in blocks that fit one vocabulary: all
// of the first two planes; beyond, where ideographs, tags and private use are,
// each at which something changes, and samples in between.
func codePointBlocks(want map[rune]string) [][]rune {
	const wholly = 0x20000
	var blocks [][]rune
	var block []rune
	for r := rune(0); r <= unicode.MaxRune; r++ {
		edge := want[r] != want[r-1] || want[r] != want[r+1]
		if utf8.ValidRune(r) && (r < wholly || edge || r%97 == 0 || r == unicode.MaxRune) {
			block = append(block, r)
		}
		if len(block) == 1<<15 {
			blocks, block = append(blocks, block), nil
		}
	}
	return append(blocks, block)
}

// characterVocabulary is a tokenizer whose pieces are single characters, so
// that ids spell the normalized words out.
type characterVocabulary struct {
	tokenizer *wordpiece.Tokenizer
	pieces    []string
}

func characterTokenizer(t *testing.T, block []rune, want map[rune]string) characterVocabulary {
	c := characterVocabulary{pieces: []string{"[UNK]"}}
	vocab := map[string]int{"[UNK]": 0}
	add := func(r rune) {
		for _, piece := range []string{string(r), "##" + string(r)} {
			if _, ok := vocab[piece]; !ok && piece != "##" {
				vocab[piece] = len(c.pieces)
				c.pieces = append(c.pieces, piece)
			}
		}
	}
	for _, r := range "ab@" {
		add(r)
	}
	for _, r := range block {
		add(r)
		for _, normalized := range strings.ReplaceAll(want[r], "\t", "") {
			add(normalized)
		}
	}
	c.tokenizer = mustParseSpec(t, vocab)
	return c
}

func (c characterVocabulary) words(text string) string {
	var b strings.Builder
	for _, id := range c.tokenizer.Encoder().Encode(text) {
		piece, continues := strings.CutPrefix(c.pieces[id], "##")
		if !continues && b.Len() > 0 {
			b.WriteByte('\t')
		}
		b.WriteString(piece)
	}
	return b.String()
}
