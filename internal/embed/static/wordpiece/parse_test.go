package wordpiece_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static/wordpiece"
)

func TestParseRefusesWhatItDoesNotSupportByName(t *testing.T) {
	special := func(fields string) string {
		return `"added_tokens":[{"id":0,"content":"[PAD]",` + fields + `}],`
	}
	const normalizer, preTokenizer = `"normalizer":{"type":"BertNormalizer"},`, `"pre_tokenizer":{"type":"BertPreTokenizer"},`
	const model = `"model":{"type":"WordPiece","vocab":{"[PAD]":0,"[UNK]":1}}`
	cases := map[string]struct{ file, names string }{
		"tokenizer model Unigram":  {normalizer + preTokenizer + `"model":{"type":"Unigram"}`, `model.type "Unigram"`},
		"tokenizer model BPE":      {normalizer + preTokenizer + `"model":{"type":"BPE"}`, `model.type "BPE"`},
		"a vocabulary as a list":   {normalizer + preTokenizer + `"model":{"type":"Unigram","vocab":[["a",-1.5]]}`, "vocab"},
		"another normalizer":       {`"normalizer":{"type":"NFKC"},` + preTokenizer + model, `normalizer.type "NFKC"`},
		"a sequence":               {`"normalizer":{"type":"Sequence"},` + preTokenizer + model, `normalizer.type "Sequence"`},
		"no normalizer":            {`"normalizer":null,` + preTokenizer + model, `normalizer.type ""`},
		"another pre-tokenizer":    {normalizer + `"pre_tokenizer":{"type":"Metaspace"},` + model, `pre_tokenizer.type "Metaspace"`},
		"no unknown token":         {normalizer + preTokenizer + `"model":{"type":"WordPiece","vocab":{"a":0}}`, `unk_token "[UNK]"`},
		"a negative id":            {normalizer + preTokenizer + `"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":-1}}`, `"a" has a negative id`},
		"an id that is no integer": {normalizer + preTokenizer + `"model":{"type":"WordPiece","vocab":{"[UNK]":0.5}}`, "vocab"},
		"an id beyond 31 bits":     {normalizer + preTokenizer + `"model":{"type":"WordPiece","vocab":{"[UNK]":4294967296}}`, "vocab"},
		"words of no length":       {normalizer + preTokenizer + `"model":{"type":"WordPiece","vocab":{"[UNK]":0},"max_input_chars_per_word":0}`, "max_input_chars_per_word"},
		"a normalized token":       {special(`"normalized":true`) + normalizer + preTokenizer + model, `added_tokens "[PAD]" is "normalized"`},
		"a single-word token":      {special(`"single_word":true`) + normalizer + preTokenizer + model, `added_tokens "[PAD]" is "single_word"`},
		"two ids for one token":    {`"added_tokens":[{"id":1,"content":"[PAD]"}],` + normalizer + preTokenizer + model, `added_tokens "[PAD]" has another id`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := wordpiece.Parse([]byte("{" + c.file + "}"))
			if !errors.Is(err, eyeshot.ErrInvalid) || !strings.Contains(err.Error(), c.names) {
				t.Errorf("error %v, want ErrInvalid that names %s", err, c.names)
			}
		})
	}
}

func TestParseRefusesATruncatedFile(t *testing.T) {
	data, err := os.ReadFile(builtIn)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 1, 100, len(data) / 2, len(data) - 3} {
		if _, err := wordpiece.Parse(data[:size]); !errors.Is(err, eyeshot.ErrInvalid) {
			t.Errorf("first %d bytes: error %v, want ErrInvalid", size, err)
		}
	}
}

func TestASpecialTokenOutsideOfTheVocabularyIsMatchedAndCounted(t *testing.T) {
	spec := map[string]any{
		"added_tokens":  []map[string]any{{"id": 2, "content": "<doc>"}, {"id": 3, "content": "<doc>s"}, {"id": 4, "content": ""}},
		"normalizer":    map[string]any{"type": "BertNormalizer"},
		"pre_tokenizer": map[string]any{"type": "BertPreTokenizer"},
		"model":         map[string]any{"type": "WordPiece", "vocab": map[string]int{"[UNK]": 0, "a": 1}},
	}
	data, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	tokenizer, err := wordpiece.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if tokenizer.Size() != 4 || tokenizer.MaxID() != 3 {
		t.Errorf("size %d, largest id %d; want 4 and 3", tokenizer.Size(), tokenizer.MaxID())
	}
	assertIDs(t, tokenizer, "a<doc>a", 1, 2, 1)
	assertIDs(t, tokenizer, "a<doc>s<DOC>", 1, 3, 0, 0, 0) // the longest wins; case counts
}
