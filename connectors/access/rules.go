package access

import (
	"fmt"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
)

// rule gives documents of a type one of their relations.
type rule struct {
	relation string
	subjects []subjectRule
}

// standardType is the type of what stands on a relation that names a thing.
func standardType(relation string) string {
	switch relation {
	case "tenant":
		return typeTenant
	case "project":
		return typeProject
	case "level":
		return typeLevel
	case "parent":
		return typeFolder
	case "ticket":
		return typeTicket
	}
	return ""
}

func parseRules(documents map[string]map[string]any) (map[string][]rule, error) {
	out := make(map[string][]rule, len(documents))
	for typ, relations := range documents {
		for _, relation := range sorted(relations) {
			where := "documents." + typ + "." + relation
			subjects, err := parseRule(where, relation, relations[relation])
			if err != nil {
				return nil, err
			}
			if len(subjects) > 0 {
				out[typ] = append(out[typ], rule{relation: relation, subjects: subjects})
			}
		}
	}
	return out, nil
}

// parseRule reads the value of a rule: true for everybody, false for nobody, a
// subject, or a list of subjects.
func parseRule(where, relation string, value any) ([]subjectRule, error) {
	var texts []any
	switch v := value.(type) {
	case bool:
		if !v {
			return nil, nil
		}
		return []subjectRule{{typ: typeUser, wildcard: true}, {typ: typeService, wildcard: true}}, nil
	case string:
		texts = []any{v}
	case []any:
		texts = v
	default:
		return nil, eyeshot.Invalid(where, fmt.Sprint(value), "must be true, false, a subject or a list of subjects")
	}
	out := make([]subjectRule, 0, len(texts))
	for _, text := range texts {
		s, ok := text.(string)
		if !ok {
			return nil, eyeshot.Invalid(where, fmt.Sprint(text), "must be a subject such as user:alice")
		}
		subject, err := parseSubject(where, s, standardType(relation))
		if err != nil {
			return nil, err
		}
		out = append(out, subject)
	}
	return out, nil
}

// Grants are the relationships of an access file for one tenant and source.
type Grants struct {
	file  *File
	place place
	fixed []eyeshot.Relationship
}

// For resolves the file's names for a tenant and a source. It fails with
// [eyeshot.ErrInvalid] on a name that can't be part of an id.
func (f *File) For(tenant, source string) (*Grants, error) {
	out := &Grants{file: f, place: place{tenant: tenant, source: source}}
	for _, g := range f.grants {
		name := g.name
		if g.typ == typeTenant {
			name = tenant
		}
		object, err := out.place.object(g.typ, name)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", g.typ, name, err)
		}
		if out.fixed, err = out.put(out.fixed, object, g.relation, g.subject, noFields); err != nil {
			return nil, fmt.Errorf("%s %s: %w", g.typ, name, err)
		}
	}
	out.fixed = distinct(out.fixed)
	return out, nil
}

func noFields(string) (any, bool) { return nil, false }

// Access returns the relationships of what the file declares: who is in which
// group, project, level and folder.
func (g *Grants) Access() []eyeshot.Relationship { return slices.Clone(g.fixed) }

// Of returns the relationships that the rules give a document, from its type,
// its id and its metadata. It fails where no rule is for its type, where a rule
// needs a field that the document lacks, and on a name that is not declared.
func (g *Grants) Of(doc eyeshot.Document) ([]eyeshot.Relationship, error) {
	rules, ok := g.file.rules[doc.Object.Type()]
	if !ok {
		return nil, eyeshot.Invalid("type", doc.Object.Type(), "has no rule under documents in the access file")
	}
	var out []eyeshot.Relationship
	get := fieldsOf(doc)
	for _, r := range rules {
		for _, subject := range r.subjects {
			var err error
			if out, err = g.put(out, doc.Object, r.relation, subject, get); err != nil {
				return nil, fmt.Errorf("%s: %w", r.relation, err)
			}
		}
	}
	return distinct(closeLevelled(out)), nil
}

// closeLevelled takes "open" away from a document that has a level.
//
// SECURITY: in the permission model "open" clears everybody whom the project
// lets in. On a ticket that has a level it would make the level void.
func closeLevelled(all []eyeshot.Relationship) []eyeshot.Relationship {
	if !slices.ContainsFunc(all, func(r eyeshot.Relationship) bool { return r.Relation == "level" }) {
		return all
	}
	return slices.DeleteFunc(all, func(r eyeshot.Relationship) bool { return r.Relation == "open" })
}

func (g *Grants) put(out []eyeshot.Relationship, object eyeshot.Object, relation string, rule subjectRule, get fields) ([]eyeshot.Relationship, error) {
	subjects, err := rule.subjects(g.place, get, g.file.known)
	if err != nil {
		return nil, err
	}
	for _, subject := range subjects {
		r := eyeshot.Relationship{Subject: subject, Relation: relation, Object: object}
		if err := r.Validate(); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// fieldsOf makes a document's metadata, and its id, type and source, fields.
func fieldsOf(doc eyeshot.Document) fields {
	return func(name string) (any, bool) {
		switch name {
		case "id":
			return doc.Object.Local(), true
		case "type":
			return doc.Object.Type(), true
		case "source":
			return doc.Object.Source(), true
		}
		value, found := doc.Metadata[name]
		return value, found
	}
}

func distinct(all []eyeshot.Relationship) []eyeshot.Relationship {
	seen := make(map[eyeshot.RelationshipKey]bool, len(all))
	return slices.DeleteFunc(all, func(r eyeshot.Relationship) bool {
		double := seen[r.Key()]
		seen[r.Key()] = true
		return double
	})
}
