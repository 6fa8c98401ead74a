package pgvector

import (
	"fmt"
	"strings"

	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// parameters collects the values of a statement. No value is ever part of its
// text.
type parameters []any

// add keeps a value and returns how the statement names it.
func (p *parameters) add(value any) string {
	*p = append(*p, value)
	return fmt.Sprintf("$%d", len(*p))
}

const (
	holds    = "TRUE"
	holdsNot = "FALSE"
)

// where compiles a metadata filter to a condition on the row d of documents. It
// holds exactly where [store.Match] says so, and is never NULL.
func (p *parameters) where(expr store.Expr) string {
	switch e := expr.(type) {
	case nil:
		return holds
	case store.And:
		return p.all(e.Parts, " AND ", holds)
	case store.Or:
		return p.all(e.Parts, " OR ", holdsNot)
	case store.Compare:
		return p.compare(e)
	}
	return holdsNot
}

func (p *parameters) all(parts []store.Expr, operator, none string) string {
	if len(parts) == 0 {
		return none
	}
	compiled := make([]string, len(parts))
	for i, part := range parts {
		compiled[i] = p.where(part)
	}
	return "(" + strings.Join(compiled, operator) + ")"
}

func (p *parameters) compare(c store.Compare) string {
	switch c.Op {
	case store.Eq:
		return p.isOneOf(c.Key, []any{c.Value})
	case store.Ne:
		return "NOT " + p.isOneOf(c.Key, []any{c.Value})
	case store.In:
		list, _ := c.Value.([]any)
		return p.isOneOf(c.Key, list)
	case store.Nin:
		list, _ := c.Value.([]any)
		return "NOT " + p.isOneOf(c.Key, list)
	}
	operator := map[store.Op]string{store.Gt: ">", store.Gte: ">=", store.Lt: "<", store.Lte: "<="}[c.Op]
	switch value := c.Value.(type) {
	case float64:
		if operator != "" && sayable(c.Key) {
			return p.number(c.Key, operator+" "+p.add(value)+"::float8")
		}
	case string:
		if operator != "" && sayable(c.Key) {
			return p.order(c.Key, operator, value)
		}
	}
	return holdsNot
}

// value is the jsonb that a filter compares under a key, NULL where the document
// has none: see [store.Record.Value].
func (p *parameters) value(key string) string {
	switch key {
	case store.KeyType, store.KeySource:
		return "to_jsonb(d." + key + ")"
	case store.KeyUpdatedAt:
		return "to_jsonb(d.updated)"
	}
	return "(d.metadata -> " + p.add(key) + "::text)"
}

// isOneOf holds where the value is one of the list, or a list that holds one of
// its strings. jsonb_exists_any looks at a string and at the members of a list
// alike, and at nothing else.
func (p *parameters) isOneOf(key string, list []any) string {
	if !sayable(key) {
		return holdsNot
	}
	var strs []string
	var numbers []float64
	parts := []string{}
	for _, one := range list {
		switch v := one.(type) {
		case string:
			if sayable(v) {
				strs = append(strs, v)
			}
		case float64:
			numbers = append(numbers, v)
		case bool:
			parts = append(parts, fmt.Sprintf("COALESCE(%s = to_jsonb(%s::boolean), FALSE)", p.value(key), p.add(v)))
		}
	}
	if strs != nil {
		parts = append(parts, fmt.Sprintf("COALESCE(jsonb_exists_any(%s, %s::text[]), FALSE)", p.value(key), p.add(strs)))
	}
	if numbers != nil {
		parts = append(parts, p.number(key, "= ANY ("+p.add(numbers)+"::float8[])"))
	}
	if len(parts) == 0 {
		return holdsNot
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// number compares where the value is a number; CASE keeps PostgreSQL from
// casting what is none.
func (p *parameters) number(key, comparison string) string {
	value := p.value(key)
	return fmt.Sprintf("CASE jsonb_typeof(%s) WHEN 'number' THEN %s::float8 %s ELSE FALSE END", value, value, comparison)
}

// order compares strings byte by byte. No value holds U+0000, nor does
// PostgreSQL take it: what begins with the text before it and goes on is greater
// than the whole, what ends there is less.
func (p *parameters) order(key, operator, value string) string {
	before, _, cut := strings.Cut(value, "\x00")
	if cut {
		operator = map[string]string{">": ">", ">=": ">", "<": "<=", "<=": "<="}[operator]
	}
	v := p.value(key)
	return fmt.Sprintf(`CASE jsonb_typeof(%s) WHEN 'string' THEN (%s #>> '{}') COLLATE "C" %s %s::text ELSE FALSE END`, v, v, operator, p.add(before))
}

// sayable says whether PostgreSQL takes the text as a parameter; what it does
// not take is no document's key or value either.
func sayable(text string) bool { return !strings.ContainsRune(text, 0) }
