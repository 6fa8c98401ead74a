package indexer

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// rules is what a document of a source has to satisfy, before anything is done
// with it: a bad one is refused alone and never fails the lot that it came with.
type rules struct {
	model     *authz.Model
	source    string
	documents []string // types
	// excludes: the model has a "but not" somewhere, so that taking a
	// relationship away may let somebody in.
	excludes bool
}

const maxSource = 64

func checkSource(source string) error {
	if source == "" || len(source) > maxSource || strings.ContainsAny(source, "/") || !utf8.ValidString(source) {
		return eyeshot.Invalid("source", source, fmt.Sprintf("must be a name of 1 to %d bytes without '/'", maxSource))
	}
	return nil
}

// document returns why a document is refused, or nil.
func (r rules) document(doc eyeshot.Document) *connectors.Refusal {
	if err := content(doc); err != nil {
		return connectors.Refuse(connectors.BadContent, err)
	}
	return r.readers(doc)
}

// readers returns why what is said of a document's readers is refused, or nil.
func (r rules) readers(doc eyeshot.Document) *connectors.Refusal {
	if err := r.object(doc.Object); err != nil {
		return connectors.Refuse(connectors.BadContent, err)
	}
	// SECURITY: nothing says who may read it, so nobody may.
	if len(doc.Relationships) == 0 {
		return connectors.Refuse(connectors.WithoutACL, eyeshot.Invalid("relationships", "", "say that nobody may read this document; it takes at least one"))
	}
	if err := r.relationships(doc); err != nil {
		return connectors.Refuse(connectors.BadRelationship, err)
	}
	return nil
}

// object holds a document's name against the source and the model.
func (r rules) object(object eyeshot.Object) error {
	if err := r.own(object); err != nil {
		return err
	}
	if !r.isDocument(object.Type()) {
		return eyeshot.Invalid("type", object.Type(), "is no type of document; those are "+strings.Join(r.documents, ", "))
	}
	return nil
}

// own fails on what is not an object of the source.
//
// SECURITY: a source that could name another's documents could replace them and
// open them to its own readers, or take them away.
func (r rules) own(object eyeshot.Object) error {
	if _, err := eyeshot.ParseObject(string(object)); err != nil {
		return err
	}
	if object.Source() != r.source {
		return eyeshot.Invalid("object", string(object), fmt.Sprintf("must be of the source %q that it came from", r.source))
	}
	return nil
}

func (r rules) isDocument(typ string) bool { return slices.Contains(r.documents, typ) }

func (r rules) relationships(doc eyeshot.Document) error {
	conditions := make(map[eyeshot.RelationshipKey]*eyeshot.Condition, len(doc.Relationships))
	for _, relationship := range doc.Relationships {
		if relationship.Object != doc.Object {
			return eyeshot.Invalid("relationship", relationship.String(), "must be on the document itself")
		}
		if err := r.relationship(relationship); err != nil {
			return err
		}
		earlier, double := conditions[relationship.Key()]
		if double && !sameCondition(earlier, relationship.Condition) {
			return eyeshot.Invalid("relationship", relationship.String(), "is given twice with different conditions")
		}
		conditions[relationship.Key()] = relationship.Condition
	}
	return nil
}

// relationship holds one relationship against the model.
//
// SECURITY: what a user let an agent or a task do is the user's to say. A
// source that could write it would consent in the user's name.
func (r rules) relationship(relationship eyeshot.Relationship) error {
	for _, reserved := range [...]string{"delegated_", "task_"} {
		if strings.HasPrefix(relationship.Relation, reserved) {
			return eyeshot.Invalid("relation", relationship.Relation, "belongs to users and their consents; a source can't write it")
		}
	}
	return r.model.Accepts(relationship)
}

func hasExclusion(model *authz.Model) bool {
	for _, typ := range model.Types {
		for _, relation := range typ.Relations {
			if hasDifference(relation.Rewrite) {
				return true
			}
		}
	}
	return false
}

func hasDifference(rewrite authz.Rewrite) bool {
	var children []authz.Rewrite
	switch r := rewrite.(type) {
	case authz.Difference:
		return true
	case authz.Union:
		children = r.Children
	case authz.Intersection:
		children = r.Children
	}
	for _, child := range children {
		if hasDifference(child) {
			return true
		}
	}
	return false
}

// content holds a document's own parts against what can be indexed at all.
// Limits of a store are its own to check.
func content(doc eyeshot.Document) error {
	for name, text := range map[string]string{"title": doc.Title, "text": doc.Text, "url": doc.URL} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return eyeshot.Invalid(name, "", "must be valid UTF-8 without the character U+0000")
		}
	}
	if strings.TrimSpace(doc.Title+doc.Text) == "" {
		return eyeshot.Invalid("document", string(doc.Object), "has neither a title nor a text")
	}
	switch doc.Format {
	case "", eyeshot.FormatText, eyeshot.FormatMarkdown, eyeshot.FormatJira:
	default:
		return eyeshot.Invalid("format", string(doc.Format), "must be text, markdown or jira")
	}
	for key, value := range doc.Metadata {
		if !flat(value) {
			return eyeshot.Invalid("metadata."+key, fmt.Sprintf("%T", value), "must be a string, a finite float64, a bool or a list of strings")
		}
	}
	return nil
}

func flat(value any) bool {
	switch v := value.(type) {
	case bool, string, []string:
		return true
	case float64:
		return !math.IsNaN(v) && !math.IsInf(v, 0)
	}
	return false
}
