package fakeqdrant

import (
	"strconv"
	"strings"
	"unicode"

	qc "github.com/qdrant/go-client/qdrant"
)

// path is a parsed key of a payload: a.b, a[].b, a[0] or a."b c", as Qdrant's
// JsonPath reads it.
type path []step

type step struct {
	key   string
	index int
	kind  stepKind
}

type stepKind uint8

const (
	keyStep stepKind = iota
	indexStep
	everyStep
)

func parsePath(text string) (path, error) {
	malformed := badInput("Malformed payload key: " + strconv.Quote(text))
	var p path
	for rest := text; rest != "" || len(p) == 0; {
		switch {
		case len(p) > 0 && strings.HasPrefix(rest, "[]"):
			p, rest = append(p, step{kind: everyStep}), rest[2:]
			continue
		case len(p) > 0 && strings.HasPrefix(rest, "["):
			number, after, closed := strings.Cut(rest[1:], "]")
			index, err := strconv.Atoi(number)
			if !closed || err != nil || index < 0 {
				return nil, malformed
			}
			p, rest = append(p, step{kind: indexStep, index: index}), after
			continue
		case len(p) > 0:
			if rest[0] != '.' {
				return nil, malformed
			}
			rest = rest[1:]
		}
		key, after, ok := cutKey(rest)
		if !ok {
			return nil, malformed
		}
		p, rest = append(p, step{key: key}), after
	}
	return p, nil
}

// cutKey takes a plain or a quoted key off the front.
func cutKey(text string) (key, rest string, ok bool) {
	if quoted, isQuoted := strings.CutPrefix(text, `"`); isQuoted {
		key, rest, ok = strings.Cut(quoted, `"`)
		return key, rest, ok && !strings.Contains(key, `\`)
	}
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' && r != '-' })
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:], end > 0
}

// get returns the values that a path leads to.
func (p path) get(payload map[string]*qc.Value) []*qc.Value {
	values := []*qc.Value{{Kind: &qc.Value_StructValue{StructValue: &qc.Struct{Fields: payload}}}}
	for _, step := range p {
		var next []*qc.Value
		for _, value := range values {
			next = append(next, step.of(value)...)
		}
		values = next
	}
	return values
}

func (s step) of(value *qc.Value) []*qc.Value {
	list := value.GetListValue().GetValues()
	switch s.kind {
	case everyStep:
		return list
	case indexStep:
		if s.index < len(list) {
			return list[s.index : s.index+1]
		}
		return nil
	}
	if field, found := value.GetStructValue().GetFields()[s.key]; found {
		return []*qc.Value{field}
	}
	return nil
}

// each calls visit with the members of a list, or with the value itself.
func each(value *qc.Value, visit func(*qc.Value) bool) bool {
	list, isList := value.GetKind().(*qc.Value_ListValue)
	if !isList {
		return visit(value)
	}
	for _, member := range list.ListValue.GetValues() {
		if visit(member) {
			return true
		}
	}
	return false
}

func isNull(value *qc.Value) bool {
	switch value.GetKind().(type) {
	case nil, *qc.Value_NullValue:
		return true
	}
	return false
}

// isEmpty says whether a value is null or an empty list.
func isEmpty(value *qc.Value) bool {
	list, isList := value.GetKind().(*qc.Value_ListValue)
	return isNull(value) || isList && len(list.ListValue.GetValues()) == 0
}

// asInteger is Qdrant's: 1.0 is no integer.
func asInteger(value *qc.Value) (int64, bool) {
	n, is := value.GetKind().(*qc.Value_IntegerValue)
	if !is {
		return 0, false
	}
	return n.IntegerValue, true
}

func asFloat(value *qc.Value) (float64, bool) {
	switch v := value.GetKind().(type) {
	case *qc.Value_IntegerValue:
		return float64(v.IntegerValue), true
	case *qc.Value_DoubleValue:
		return v.DoubleValue, true
	}
	return 0, false
}

func asText(value *qc.Value) (string, bool) {
	s, is := value.GetKind().(*qc.Value_StringValue)
	if !is {
		return "", false
	}
	return s.StringValue, true
}

// chosen is the part of a payload that a selector asks for.
func chosen(payload map[string]*qc.Value, selector *qc.WithPayloadSelector, whenUnset bool) (map[string]*qc.Value, error) {
	if selector == nil {
		if whenUnset {
			return payload, nil
		}
		return nil, nil
	}
	part := map[string]*qc.Value{}
	switch s := selector.GetSelectorOptions().(type) {
	case *qc.WithPayloadSelector_Enable:
		if s.Enable {
			part = payload
		}
	case *qc.WithPayloadSelector_Include:
		for _, key := range s.Include.GetFields() {
			if value, found := payload[key]; found { // keys of the first level are all that the fake cuts by
				part[key] = value
			}
		}
	case *qc.WithPayloadSelector_Exclude:
		for key, value := range payload {
			part[key] = value
		}
		for _, key := range s.Exclude.GetFields() {
			delete(part, key)
		}
	default:
		return nil, badInput("No PayloadSelector")
	}
	return part, nil
}
