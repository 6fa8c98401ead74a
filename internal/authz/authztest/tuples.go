package authztest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
)

// Parse reads a relationship in the usual notation, "object#relation@subject",
// where the subject may be a subject set or a wildcard:
//
//	project:a/PAY#viewer@group:eng#member
//	ticket:a/PAY-1#open@user:*
//	project:a/PAY#delegated_read@delegation:alice~claude with unexpired {"expires_at":"2026-01-02T15:04:05Z"}
func Parse(line string) (eyeshot.Relationship, error) {
	text, condition, conditional := strings.Cut(strings.TrimSpace(line), " with ")
	object, rest, ok := strings.Cut(text, "#")
	if !ok {
		return eyeshot.Relationship{}, fmt.Errorf(`%q must have the form "object#relation@subject"`, line)
	}
	relation, subject, ok := strings.Cut(rest, "@")
	if !ok {
		return eyeshot.Relationship{}, fmt.Errorf(`%q must have the form "object#relation@subject"`, line)
	}
	relationship := eyeshot.Relationship{Subject: eyeshot.Subject(subject), Relation: relation, Object: eyeshot.Object(object)}
	if conditional {
		name, context, _ := strings.Cut(strings.TrimSpace(condition), " ")
		relationship.Condition = &eyeshot.Condition{Name: name}
		if context = strings.TrimSpace(context); context != "" {
			if err := json.Unmarshal([]byte(context), &relationship.Condition.Context); err != nil {
				return eyeshot.Relationship{}, fmt.Errorf("the context of %q: %w", line, err)
			}
		}
	}
	if err := relationship.Validate(); err != nil {
		return eyeshot.Relationship{}, fmt.Errorf("%q: %w", line, err)
	}
	return relationship, nil
}

// Tuples parses one relationship a line. Lines may hold several, separated by
// line breaks; empty ones and those that start with "//" are left out.
func Tuples(t testing.TB, lines ...string) []eyeshot.Relationship {
	t.Helper()
	var relationships []eyeshot.Relationship
	for line := range strings.Lines(strings.Join(lines, "\n")) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		relationship, err := Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		relationships = append(relationships, relationship)
	}
	return relationships
}
