package eyeshot

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Subject is the user side of a relationship: an object ("user:alice"), a
// subject set ("group:eng#member") or a typed wildcard ("user:*").
type Subject string

// ParseSubject checks that s is a subject in one of its three forms and
// returns it unchanged.
func ParseSubject(s string) (Subject, error) {
	if len(s) > MaxSubjectBytes {
		return "", invalid("user", s, fmt.Sprintf("is %d bytes long, at most %d are allowed", len(s), MaxSubjectBytes))
	}
	if typ, ok := strings.CutSuffix(s, ":*"); ok && typ != "" && isTypeName(typ) {
		return Subject(s), nil
	}
	object, relation, isSet := strings.Cut(s, "#")
	if _, err := ParseObject(object); err != nil {
		return "", invalid("user", s, `must be "type:id", "type:id#relation" or "type:*"`)
	}
	if isSet && !isRelationName(relation) {
		return "", invalid("user", s, "has a malformed relation after '#'")
	}
	return Subject(s), nil
}

// Object returns the object part: "group:eng" of "group:eng#member".
func (s Subject) Object() Object {
	object, _, _ := strings.Cut(string(s), "#")
	return Object(object)
}

// Relation returns the relation of a subject set, or "" for an object.
func (s Subject) Relation() string {
	_, relation, _ := strings.Cut(string(s), "#")
	return relation
}

// IsWildcard reports whether the subject is a typed wildcard such as "user:*".
func (s Subject) IsWildcard() bool { return strings.HasSuffix(string(s), ":*") }

// Relationship is an OpenFGA tuple: subject has relation to object, under an
// optional condition. It is comparable only through [Relationship.Key].
type Relationship struct {
	Subject   Subject    `json:"user"`
	Relation  string     `json:"relation"`
	Object    Object     `json:"object"`
	Condition *Condition `json:"condition,omitempty"`
}

// Condition names a condition of the authorization model and the part of its
// context that is stored with the relationship.
type Condition struct {
	Name    string         `json:"name"`
	Context map[string]any `json:"context,omitempty"`
}

// RelationshipKey identifies a relationship: OpenFGA holds at most one tuple a
// key, whatever its condition.
type RelationshipKey struct {
	Subject  Subject
	Relation string
	Object   Object
}

// Key returns what identifies the relationship.
func (r Relationship) Key() RelationshipKey {
	return RelationshipKey{Subject: r.Subject, Relation: r.Relation, Object: r.Object}
}

// String gives the relationship in the usual notation: object#relation@subject.
func (r Relationship) String() string {
	return string(r.Object) + "#" + r.Relation + "@" + string(r.Subject)
}

// Validate checks the form of all three parts. Whether the model allows the
// relationship is for the authorization back end to say.
func (r Relationship) Validate() error {
	if _, err := ParseObject(string(r.Object)); err != nil {
		return err
	}
	if _, err := ParseSubject(string(r.Subject)); err != nil {
		return err
	}
	if !isRelationName(r.Relation) {
		return invalid("relation", r.Relation, fmt.Sprintf("must be 1 to %d bytes without ':', '#', '@' or white space", MaxRelationBytes))
	}
	return nil
}

func isRelationName(s string) bool {
	bad := func(r rune) bool {
		return r == ':' || r == '#' || r == '@' || r == '*' || unicode.IsSpace(r) || unicode.IsControl(r)
	}
	return s != "" && len(s) <= MaxRelationBytes && utf8.ValidString(s) && !strings.ContainsFunc(s, bad)
}
