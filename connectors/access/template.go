package access

import (
	"strconv"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// template is a text with fields in it: "{{name}}" stands for a field that must
// be there, "{{name?}}" for one that may be missing. Everything else stands for
// itself.
type template []part

type part struct {
	literal  string
	field    string // "" for a literal
	optional bool
}

func parseTemplate(where, text string) (template, error) {
	var out template
	for rest := text; rest != ""; {
		before, behind, found := strings.Cut(rest, "{{")
		if before != "" {
			out = append(out, part{literal: before})
		}
		if !found {
			break
		}
		name, after, closed := strings.Cut(behind, "}}")
		name, optional := strings.CutSuffix(strings.TrimSpace(name), "?")
		if !closed || name == "" || strings.ContainsAny(name, "{}") {
			return nil, eyeshot.Invalid(where, text, `must close each "{{" with "}}" around the name of a field`)
		}
		out = append(out, part{field: name, optional: optional})
		rest = after
	}
	return out, nil
}

// fields looks up a field and tells whether it is there. Its value is nil, or a
// string, float64, bool or []string.
type fields func(name string) (value any, found bool)

// maxExpansion bounds how many texts one template makes of lists.
const maxExpansion = 10_000

// expand gives the texts that the template stands for: one, or one for each
// element where a field is a list. There are none where an optional field is
// missing or empty; a required one that is missing or empty is an error.
func (t template) expand(get fields) ([]string, error) {
	out := []string{""}
	for _, p := range t {
		values := []string{p.literal}
		if p.field != "" {
			value, _ := get(p.field)
			values = texts(value)
			if len(values) == 0 && !p.optional {
				return nil, eyeshot.Invalid("field", p.field, `is missing or empty in this document, and a rule needs it; "{{`+p.field+`?}}" would make it optional`)
			}
		}
		if len(out)*len(values) > maxExpansion {
			return nil, eyeshot.Invalid("field", p.field, "holds more values than the "+strconv.Itoa(maxExpansion)+" that a rule takes")
		}
		out = product(out, values)
	}
	return out, nil
}

func product(heads, tails []string) []string {
	out := make([]string, 0, len(heads)*len(tails))
	for _, head := range heads {
		for _, tail := range tails {
			out = append(out, head+tail)
		}
	}
	return out
}

// texts are the values of a field that are not empty.
func texts(value any) []string {
	var all []string
	switch v := value.(type) {
	case string:
		all = []string{v}
	case float64:
		all = []string{strconv.FormatFloat(v, 'f', -1, 64)}
	case bool:
		all = []string{strconv.FormatBool(v)}
	case []string:
		all = v
	}
	kept := make([]string, 0, len(all))
	for _, text := range all {
		if text = strings.TrimSpace(text); text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}
