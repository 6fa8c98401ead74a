package qdrant

import (
	"encoding/base32"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// bag is what keyword search sees of a chunk.
type bag struct {
	fields [keyword.FieldCount][]string // the tokens of each field, in order
	times  map[string]uint32            // weighted
	length uint32                       // weighted
}

func bagOf(t *keyword.Tokenizer, object eyeshot.Object, title, heading, text string) bag {
	b := bag{times: map[string]uint32{}}
	for i, field := range keyword.Fields(object, title, heading, text) {
		b.fields[i] = t.Tokens(field.Text)
		for _, token := range b.fields[i] {
			b.times[token] += uint32(field.Weight)
			b.length += uint32(field.Weight)
		}
	}
	return b
}

// fits reports whether the chunk holds every phrase and every prefix.
func (b bag) fits(query keyword.Query) bool {
	for _, phrase := range query.Phrases {
		if !slices.ContainsFunc(b.fields[:], func(tokens []string) bool { return holds(tokens, phrase) }) {
			return false
		}
	}
	for _, prefix := range query.Prefixes {
		if !b.begins(prefix) {
			return false
		}
	}
	return true
}

func (b bag) begins(prefix string) bool {
	for token := range b.times {
		if strings.HasPrefix(token, prefix) {
			return true
		}
	}
	return false
}

func holds(tokens, phrase []string) bool {
	for i := 0; i+len(phrase) <= len(tokens); i++ {
		if slices.Equal(tokens[i:i+len(phrase)], phrase) {
			return true
		}
	}
	return false
}

// What Qdrant indexes of a chunk are words: each of its tokens, and the
// beginnings of its tokens at two lengths, for queries with prefixes. A word is
// 64 bits of a hash, so that a token of any length and script is the same to
// every tokenizer of Qdrant's. The driver reads the text of whatever is found
// and scores that: a word only says where to look.

// word is a hashed token or beginning of one.
type word uint64

// The lengths, in characters, at which beginnings are indexed; a prefix of
// another length is looked for by the longest of these that it has.
const (
	shortPrefix = keyword.MinPrefixRunes
	longPrefix  = 4
)

func tokenWord(token string) word { return hashWord("t", token) }

// prefixWord is the word to look for a prefix by; exact says that every chunk
// that has the word has the prefix.
func prefixWord(prefix string) (w word, exact bool) {
	runes := utf8.RuneCountInString(prefix)
	length := shortPrefix
	if runes >= longPrefix {
		length = longPrefix
	}
	return hashWord("p", firstRunes(prefix, length)), runes == length
}

func hashWord(kind, text string) word {
	h := fnv.New64a()
	_, _ = h.Write([]byte(kind)) // it never fails
	_, _ = h.Write([]byte(text))
	return word(h.Sum64())
}

// firstRunes cuts a text after so many characters; a shorter one stays whole.
func firstRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// letters are those of base32, in lower case.
var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// String writes a word in 13 letters and digits.
func (w word) String() string {
	return letters.EncodeToString(binary.BigEndian.AppendUint64(nil, uint64(w)))
}

// dimension is the word's place in the sparse vector. Two words may share one:
// a chunk then ranks too high until the driver has read it.
func (w word) dimension() uint32 { return uint32(w) ^ uint32(w>>32) }

// all returns each word of the chunk with how often it counts.
func (b bag) all() map[word]uint32 {
	all := make(map[word]uint32, 3*len(b.times))
	for token, times := range b.times {
		all[tokenWord(token)] = times
		for _, length := range []int{shortPrefix, longPrefix} {
			if utf8.RuneCountInString(token) >= length {
				all[hashWord("p", firstRunes(token, length))] = 1
			}
		}
	}
	return all
}

// words is the text that the full-text index takes.
func (b bag) words() string {
	var list []string
	for w := range b.all() {
		list = append(list, w.String())
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// meanLength is what the sparse vectors take for the mean length of a chunk, in
// weighted tokens. It is a constant, so that no weight in the index tells of
// other chunks; the driver scores again with the mean of the scope.
const meanLength = 150

// indexScorer weighs words in the sparse vectors.
func indexScorer() keyword.Scorer { return keyword.Statistics{Chunks: 1, Tokens: meanLength}.Scorer() }

// sparse is the chunk's sparse vector: BM25's weight of each word but for its
// inverse document frequency, which the query brings along.
func (b bag) sparse() (indices []uint32, weights []float32) {
	scorer, byDimension := indexScorer(), map[uint32]float32{}
	for w, times := range b.all() {
		byDimension[w.dimension()] += float32(scorer.Score(1, times, b.length))
	}
	for dimension, weight := range byDimension {
		indices, weights = append(indices, dimension), append(weights, weight)
	}
	return indices, weights
}
