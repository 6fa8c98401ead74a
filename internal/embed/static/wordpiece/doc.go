// Package wordpiece turns text into token ids exactly as the Hugging Face
// tokenizers library does for BERT models: BERT normalizer, BERT
// pre-tokenizer, WordPiece, as a tokenizer.json describes them. Exactness is
// what it is for: a token vector belongs to an id, and an id that differs from
// the one that a model was fitted with is a wrong vector.
//
// It is no general tokenizer: any other normalizer, pre-tokenizer or model is
// refused by name. It adds no special tokens, keeps no offsets and decodes
// nothing.
//
// The character classes are those of the library, not of this Go version's
// Unicode tables: it removes as accents, and splits at as punctuation, what was
// so in Unicode 8. testdata/make.py draws them from the library.
package wordpiece
