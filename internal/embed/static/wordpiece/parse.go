package wordpiece

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/eyeshot-dev/eyeshot"
)

// file is what this package reads of a tokenizer.json (huggingface/tokenizers,
// format "1.0"). Post-processor, decoder, truncation and padding have no part
// in ids without special tokens.
type file struct {
	AddedTokens []addedToken `json:"added_tokens"`
	Normalizer  struct {
		Type         string `json:"type"`
		CleanText    bool   `json:"clean_text"`
		SplitCJK     bool   `json:"handle_chinese_chars"`
		StripAccents *bool  `json:"strip_accents"` // null: as lowercase
		Lowercase    bool   `json:"lowercase"`
	} `json:"normalizer"`
	PreTokenizer struct {
		Type string `json:"type"`
	} `json:"pre_tokenizer"`
	Model struct {
		Type     string           `json:"type"`
		Unknown  string           `json:"unk_token"`
		Prefix   string           `json:"continuing_subword_prefix"`
		MaxChars int              `json:"max_input_chars_per_word"`
		Vocab    map[string]int32 `json:"vocab"`
	} `json:"model"`
}

// addedToken is one of the tokens beside the model's vocabulary. lstrip and
// rstrip only move white space, which is no token here, into the match.
type addedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	Normalized bool   `json:"normalized"`
}

// Parse reads a tokenizer.json. What it does not support it refuses with an
// error that names it and wraps [eyeshot.ErrInvalid].
func Parse(data []byte) (*Tokenizer, error) {
	f := defaults()
	if err := json.Unmarshal(data, f); err != nil {
		return nil, fmt.Errorf("reading tokenizer.json: %w: %w", eyeshot.ErrInvalid, err)
	}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("reading tokenizer.json: %w", err)
	}
	t := &Tokenizer{unknown: f.Model.Vocab[f.Model.Unknown], maxChars: f.Model.MaxChars}
	t.setNormalizer(f)
	t.setVocabulary(f)
	if err := t.setSpecial(f); err != nil {
		return nil, fmt.Errorf("reading tokenizer.json: %w", err)
	}
	return t, nil
}

// defaults are the values that the tokenizers library takes for absent fields.
func defaults() *file {
	f := &file{}
	f.Normalizer.CleanText, f.Normalizer.SplitCJK, f.Normalizer.Lowercase = true, true, true
	f.Model.Unknown, f.Model.Prefix, f.Model.MaxChars = "[UNK]", "##", 100
	return f
}

func (f *file) check() error {
	if err := supported("normalizer.type", f.Normalizer.Type, "BertNormalizer"); err != nil {
		return err
	}
	if err := supported("pre_tokenizer.type", f.PreTokenizer.Type, "BertPreTokenizer"); err != nil {
		return err
	}
	if err := supported("model.type", f.Model.Type, "WordPiece"); err != nil {
		return err
	}
	if _, ok := f.Model.Vocab[f.Model.Unknown]; !ok {
		return eyeshot.Invalid("model.unk_token", f.Model.Unknown, "is not in the vocabulary")
	}
	if f.Model.MaxChars < 1 {
		return eyeshot.Invalid("model.max_input_chars_per_word", fmt.Sprint(f.Model.MaxChars), "must be at least 1")
	}
	for token, id := range f.Model.Vocab {
		if id < 0 {
			return eyeshot.Invalid("model.vocab", token, "has a negative id")
		}
	}
	return nil
}

func supported(field, value, want string) error {
	if value == want {
		return nil
	}
	return eyeshot.Invalid(field, value, "is not supported: only "+want+" is")
}

func (t *Tokenizer) setNormalizer(f *file) {
	n := f.Normalizer
	t.normalizer = normalizer{cleanText: n.CleanText, splitCJK: n.SplitCJK, stripAccents: n.Lowercase, lowercase: n.Lowercase}
	if n.StripAccents != nil {
		t.normalizer.stripAccents = *n.StripAccents
	}
	t.ascii = t.normalizer.asciiClasses()
}

func (t *Tokenizer) setVocabulary(f *file) {
	t.start.ids = f.Model.Vocab
	t.inner.ids = make(map[string]int32, len(f.Model.Vocab)/4)
	t.lengths = make([]int, 0, len(f.Model.Vocab)+len(f.AddedTokens))
	for token, id := range f.Model.Vocab {
		t.start.longest = max(t.start.longest, len(token))
		if rest, ok := strings.CutPrefix(token, f.Model.Prefix); ok {
			t.inner.ids[rest] = id
			t.inner.longest = max(t.inner.longest, len(rest))
		}
		t.count(token, id)
	}
}

// setSpecial takes over the added tokens, longest first. One that the
// vocabulary holds too must have the same id there.
func (t *Tokenizer) setSpecial(f *file) error {
	for _, added := range f.AddedTokens {
		id, inVocab := f.Model.Vocab[added.Content]
		switch {
		case added.Content == "":
			continue
		case added.Normalized:
			return eyeshot.Invalid("added_tokens", added.Content, `is "normalized": true, which is not supported`)
		case added.SingleWord:
			return eyeshot.Invalid("added_tokens", added.Content, `is "single_word": true, which is not supported`)
		case added.ID < 0 || inVocab && id != added.ID:
			return eyeshot.Invalid("added_tokens", added.Content, "has another id than in the vocabulary, or a negative one")
		case !inVocab:
			t.count(added.Content, added.ID)
		}
		t.special = append(t.special, specialToken{added.Content, added.ID})
		t.startsSpecial[added.Content[0]] = true
	}
	slices.SortStableFunc(t.special, func(a, b specialToken) int { return cmp.Compare(len(b.content), len(a.content)) })
	return nil
}

func (t *Tokenizer) count(token string, id int32) {
	t.lengths = append(t.lengths, utf8.RuneCountInString(token))
	t.maxID = max(t.maxID, id)
}
