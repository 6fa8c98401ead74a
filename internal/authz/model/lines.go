package model

import (
	"fmt"
	"regexp"
	"strings"
)

// locations says in which line, counted from 1, a model defines what.
type locations struct {
	schema     int
	types      map[string]int
	relations  map[string]int // by "type#relation"
	conditions map[string]int
	doubles    Problems
}

// The forms of the lines that define something (OpenFGA's modelling language,
// configuration language reference).
const (
	schemaForm    = `^\s*schema\s`
	typeForm      = `^\s*(?:extend\s+)?type\s+([^\s]+)`
	relationForm  = `^\s*define\s+([^\s:]+)\s*:`
	conditionForm = `^\s*condition\s+([^\s(]+)\s*\(`
)

// locate finds the definitions of a model whose syntax is right, and those that
// it makes twice: the language keeps only one of them and does not say so.
func locate(dsl string) locations {
	schema, types := regexp.MustCompile(schemaForm), regexp.MustCompile(typeForm)
	relations, conditions := regexp.MustCompile(relationForm), regexp.MustCompile(conditionForm)
	found := locations{types: map[string]int{}, relations: map[string]int{}, conditions: map[string]int{}}
	current := ""
	for i, line := range strings.Split(dsl, "\n") {
		number := i + 1
		if match := types.FindStringSubmatch(line); match != nil {
			current = match[1]
			found.define(found.types, current, "type "+current, number)
		} else if match := relations.FindStringSubmatch(line); match != nil {
			found.define(found.relations, current+"#"+match[1], "relation "+current+"#"+match[1], number)
		} else if match := conditions.FindStringSubmatch(line); match != nil {
			found.define(found.conditions, match[1], "condition "+match[1], number)
		} else if found.schema == 0 && schema.MatchString(line) {
			found.schema = number
		}
	}
	return found
}

func (l *locations) define(in map[string]int, name, what string, line int) {
	if first, double := in[name]; double {
		l.doubles = append(l.doubles, Problem{Line: line, Text: fmt.Sprintf("%s is defined in line %d already", what, first)})
		return
	}
	in[name] = line
}
