package keyword

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a query's syntax. What goes beyond them is read as plain words.
const (
	MaxConstraints  = 16 // phrases and prefixes together
	MaxPhraseTokens = 64
	MinPrefixRunes  = 2
)

// Query is a keyword query. A chunk matches when it holds all Phrases and all
// Prefixes and at least one of Terms or Prefixes; Terms and Prefixes score.
type Query struct {
	// Terms are the tokens of all words and phrases, each once, in order of
	// their first appearance.
	Terms []string
	// Phrases are runs of tokens that have to follow each other in one field.
	Phrases [][]string
	// Prefixes are beginnings of tokens; one counts as a single term that a
	// chunk holds once, however many of its tokens begin so.
	Prefixes []string
}

// Parse reads a query as people type it: words, "quoted phrases" and prefixes
// (refund*). Everything else is separators: a quote without its partner, a
// lone star, operators of other search engines. It never fails.
func Parse(t *Tokenizer, text string) Query {
	p := parser{tokenizer: t, seen: map[string]bool{}}
	for {
		before, rest, opened := strings.Cut(text, `"`)
		phrase, after, closed := strings.Cut(rest, `"`)
		if !opened || !closed {
			p.words(text)
			return p.query
		}
		p.words(before)
		p.phrase(phrase)
		text = after
	}
}

// Empty reports whether the query can match nothing.
func (q Query) Empty() bool { return len(q.Terms) == 0 && len(q.Prefixes) == 0 }

type parser struct {
	tokenizer *Tokenizer
	seen      map[string]bool
	query     Query
}

func (p *parser) words(text string) {
	for _, word := range strings.Fields(text) {
		tokens := p.tokenizer.Tokens(word)
		if n := len(tokens); n > 0 && p.isPrefix(word, tokens[n-1]) {
			p.prefix(tokens[n-1])
			tokens = tokens[:n-1]
		}
		p.terms(tokens)
	}
}

// isPrefix reports whether the word ends in a star right behind its last token.
func (p *parser) isPrefix(word, last string) bool {
	stem, starred := strings.CutSuffix(word, "*")
	if !starred || utf8.RuneCountInString(last) < MinPrefixRunes {
		return false
	}
	r, size := utf8.DecodeLastRuneInString(stem)
	folded, _ := p.tokenizer.decode(stem[len(stem)-size:])
	return r != '*' && folded != separator && p.constraints() < MaxConstraints
}

func (p *parser) prefix(token string) {
	if !slices.Contains(p.query.Prefixes, token) {
		p.query.Prefixes = append(p.query.Prefixes, token)
	}
}

func (p *parser) phrase(text string) {
	tokens := p.tokenizer.Tokens(text)
	if n := len(tokens); n > 0 && n <= MaxPhraseTokens && p.constraints() < MaxConstraints {
		p.query.Phrases = append(p.query.Phrases, tokens)
	}
	p.terms(tokens)
}

func (p *parser) terms(tokens []string) {
	for _, token := range tokens {
		if !p.seen[token] {
			p.seen[token] = true
			p.query.Terms = append(p.query.Terms, token)
		}
	}
}

func (p *parser) constraints() int { return len(p.query.Phrases) + len(p.query.Prefixes) }
