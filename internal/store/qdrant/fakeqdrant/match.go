package fakeqdrant

import (
	"slices"
	"strings"
	"unicode"

	qc "github.com/qdrant/go-client/qdrant"
)

// matcher says whether one value matches; types must be the same.
func matcher(m *qc.Match) (func(*qc.Value) bool, error) {
	switch match := m.GetMatchValue().(type) {
	case nil:
		if m != nil {
			return nil, badInput("Malformed Match condition")
		}
		return func(*qc.Value) bool { return false }, nil
	case *qc.Match_Keyword:
		return func(v *qc.Value) bool { s, is := asText(v); return is && s == match.Keyword }, nil
	case *qc.Match_Integer:
		return func(v *qc.Value) bool { n, is := asInteger(v); return is && n == match.Integer }, nil
	case *qc.Match_Boolean:
		return func(v *qc.Value) bool {
			b, is := v.GetKind().(*qc.Value_BoolValue)
			return is && b.BoolValue == match.Boolean
		}, nil
	case *qc.Match_Keywords:
		return oneOf(asText, match.Keywords.GetStrings()), nil
	case *qc.Match_Integers:
		return oneOf(asInteger, match.Integers.GetIntegers()), nil
	case *qc.Match_ExceptKeywords:
		return except(oneOf(asText, match.ExceptKeywords.GetStrings())), nil
	case *qc.Match_ExceptIntegers:
		return except(oneOf(asInteger, match.ExceptIntegers.GetIntegers())), nil
	case *qc.Match_Text:
		return contains(match.Text), nil
	case *qc.Match_Phrase:
		return contains(match.Phrase), nil
	case *qc.Match_TextAny:
		return func(v *qc.Value) bool {
			return slices.ContainsFunc(strings.Fields(match.TextAny), func(token string) bool { return contains(token)(v) })
		}, nil
	}
	return nil, badInput("Malformed Match condition")
}

func oneOf[T comparable](as func(*qc.Value) (T, bool), list []T) func(*qc.Value) bool {
	set := make(map[T]bool, len(list))
	for _, one := range list {
		set[one] = true
	}
	return func(v *qc.Value) bool { value, is := as(v); return is && set[value] }
}

// except holds for every value that is there and is none of the list, of
// whatever type.
func except(matches func(*qc.Value) bool) func(*qc.Value) bool {
	return func(v *qc.Value) bool { return !isNull(v) && !matches(v) }
}

// contains is what a text match means without an index.
func contains(text string) func(*qc.Value) bool {
	return func(v *qc.Value) bool { s, is := asText(v); return is && strings.Contains(s, text) }
}

// textCondition is a text match with a full-text index: by tokens. Text wants all
// tokens of the query, TextAny one; a query without tokens matches nothing.
func textCondition(field *qc.FieldCondition, index *qc.TextIndexParams) (predicate, bool) {
	var query string
	all := true
	switch match := field.GetMatch().GetMatchValue().(type) {
	case *qc.Match_Text:
		query = match.Text
	case *qc.Match_TextAny:
		query, all = match.TextAny, false
	default:
		return nil, false
	}
	tokens := tokensOf(query, index)
	return func(p *point) bool {
		has := p.tokensOf(field.GetKey(), index)
		found := 0
		for _, token := range tokens {
			if has[token] {
				found++
			}
		}
		return found > 0 && (!all || found == len(tokens))
	}, true
}

// tokensOf cuts a text as the index's tokenizer does; of Qdrant's the fake knows
// whitespace and word.
func tokensOf(text string, index *qc.TextIndexParams) []string {
	var tokens []string
	if index.GetTokenizer() == qc.TokenizerType_Whitespace {
		tokens = strings.Fields(text)
	} else {
		tokens = strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	}
	if index.Lowercase == nil || index.GetLowercase() {
		for i := range tokens {
			tokens[i] = strings.ToLower(tokens[i])
		}
	}
	return tokens
}

// tokensOf remembers the tokens that a point has under a key.
func (p *point) tokensOf(key string, index *qc.TextIndexParams) map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if has, known := p.tokens[key]; known {
		return has
	}
	path, _ := parsePath(key) // it was parsed when the index was made
	has := map[string]bool{}
	for _, value := range path.get(p.payload) {
		each(value, func(one *qc.Value) bool {
			for _, token := range tokensOf(one.GetStringValue(), index) {
				has[token] = true
			}
			return false
		})
	}
	if p.tokens == nil {
		p.tokens = map[string]map[string]bool{}
	}
	p.tokens[key] = has
	return has
}
