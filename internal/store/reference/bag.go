package reference

import (
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// bag is what keyword search sees of a chunk.
type bag struct {
	fields [keyword.FieldCount][]string // the tokens of each field, in order
	times  map[string]uint32            // weighted
	length uint32                       // weighted
}

func (s *Store) bag(chunk document) bag {
	b := bag{times: map[string]uint32{}}
	for i, field := range keyword.Fields(chunk.Object, chunk.record.Title, chunk.Heading, chunk.Text) {
		b.fields[i] = s.tokenizer.Tokens(field.Text)
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
		if b.begins(prefix) == 0 {
			return false
		}
	}
	return true
}

// begins returns 1 where a token begins with the prefix, else 0.
func (b bag) begins(prefix string) int {
	for token := range b.times {
		if strings.HasPrefix(token, prefix) {
			return 1
		}
	}
	return 0
}

func holds(tokens, phrase []string) bool {
	for i := 0; i+len(phrase) <= len(tokens); i++ {
		if slices.Equal(tokens[i:i+len(phrase)], phrase) {
			return true
		}
	}
	return false
}
