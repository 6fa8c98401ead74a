package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Problem is one thing that is wrong with a model, and the line, counted from
// 1, that it is wrong in; 0 where it has none.
type Problem struct {
	Line int
	Text string
}

// Problems is the error of [Validate]: all that is wrong, in order of the lines.
// It is an [eyeshot.ErrInvalid].
type Problems []Problem

// Error gives one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = "authorization model: " + problem.Text
		if problem.Line > 0 {
			lines[i] = fmt.Sprintf("authorization model, line %d: %s", problem.Line, problem.Text)
		}
	}
	return strings.Join(lines, "\n")
}

// Is makes problems an [eyeshot.ErrInvalid].
func (p Problems) Is(target error) bool { return target == eyeshot.ErrInvalid }

// maxBytes is what OpenFGA takes (its maxAuthorizationModelSizeInBytes).
const maxBytes = 256 << 10

// Validate checks a model in OpenFGA's modelling language: its syntax, and that
// every type, relation and condition that it speaks of is there and can be used
// so. It returns nil or [Problems]. The expressions of conditions are left for
// OpenFGA to check.
func Validate(dsl string) error {
	if strings.TrimSpace(dsl) == "" {
		return Problems{{Text: `is empty; it starts with "model" and "schema 1.1"`}}
	}
	if len(dsl) > maxBytes {
		return Problems{{Text: fmt.Sprintf("is %d bytes long, at most %d are allowed", len(dsl), maxBytes)}}
	}
	encoded, err := transform(dsl)
	if err != nil {
		return syntaxProblems(dsl, err)
	}
	found := locate(dsl)
	problems := found.doubles
	parsed, err := authz.ParseModel(encoded)
	if err != nil {
		return append(problems, Problem{Line: found.schema, Text: reason(err)})
	}
	rules := rules{model: parsed, lines: found}
	rules.checkAll()
	problems = append(problems, rules.problems...)
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b Problem) int { return a.Line - b.Line })
	return problems
}

// syntaxProblems reads the lines out of the language's errors, which keep them
// in their text alone, counted from 0.
func syntaxProblems(dsl string, err error) error {
	lines := strings.Split(dsl, "\n")
	var several interface{ Unwrap() []error }
	all := []error{err}
	if errors.As(err, &several) {
		all = several.Unwrap()
	}
	var problems Problems
	for _, one := range all {
		var line, column int
		if _, scanErr := fmt.Sscanf(one.Error(), "syntax error at line=%d, column=%d:", &line, &column); scanErr != nil {
			problems = append(problems, Problem{Text: reason(one)})
			continue
		}
		_, text, _ := strings.Cut(one.Error(), ": ")
		if line >= 0 && line < len(lines) {
			text = fmt.Sprintf("%s in %q", text, strings.TrimSpace(lines[line]))
		}
		problems = append(problems, Problem{Line: line + 1, Text: text})
	}
	return problems
}

func reason(err error) string {
	return strings.TrimPrefix(err.Error(), eyeshot.ErrInvalid.Error()+": ")
}
