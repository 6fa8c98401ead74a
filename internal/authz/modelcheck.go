package authz

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// Accepts tells whether the model lets the relationship be written, so that a
// document that asks for something else can be refused on its own, before it
// fails a whole lot at OpenFGA. It fails with an [eyeshot.InvalidError] that
// names what is wrong and what is allowed. The types of a condition's context
// are left for OpenFGA to check.
func (m *Model) Accepts(relationship eyeshot.Relationship) error {
	if err := relationship.Validate(); err != nil {
		return err
	}
	relation, err := m.writable(relationship)
	if err != nil {
		return err
	}
	if set := relationship.Subject.Relation(); set != "" &&
		relationship.Subject.Object() == relationship.Object && set == relationship.Relation {
		return eyeshot.Invalid("relationship", relationship.String(), "says that something is itself, which always holds")
	}
	return m.acceptsSubject(relationship, relation)
}

// Relation returns a relation of a type. It fails with an
// [eyeshot.InvalidError] that names what there is where the model has no such
// type or relation, so that a configuration that asks for one can be refused.
func (m *Model) Relation(typ, relation string) (*Relation, error) {
	found, known := m.Types[typ]
	if !known {
		return nil, eyeshot.Invalid("type", typ, "is not in the authorization model, which has "+list(m.Types))
	}
	if found.Relations[relation] == nil {
		return nil, eyeshot.Invalid("relation", typ+"#"+relation, "is not in the authorization model, where "+typ+" has "+list(found.Relations))
	}
	return found.Relations[relation], nil
}

func (m *Model) writable(relationship eyeshot.Relationship) (*Relation, error) {
	relation, err := m.Relation(relationship.Object.Type(), relationship.Relation)
	if err != nil {
		return nil, err
	}
	if len(relation.Direct) == 0 {
		return nil, eyeshot.Invalid("relation", relationship.Object.Type()+"#"+relation.Name, "is computed and can't be written")
	}
	return relation, nil
}

func (m *Model) acceptsSubject(relationship eyeshot.Relationship, relation *Relation) error {
	field := fmt.Sprintf("user of %s#%s", relationship.Object.Type(), relation.Name)
	sameForm := slices.DeleteFunc(slices.Clone(relation.Direct), func(restriction Restriction) bool {
		return !restriction.matches(relationship.Subject)
	})
	if len(sameForm) == 0 {
		return eyeshot.Invalid(field, string(relationship.Subject), "must be one of "+restrictions(relation.Direct))
	}
	name := ""
	if relationship.Condition != nil {
		name = relationship.Condition.Name
	}
	if !slices.ContainsFunc(sameForm, func(restriction Restriction) bool { return restriction.Condition == name }) {
		return eyeshot.Invalid("condition of "+relationship.Object.Type()+"#"+relation.Name, name, "must be as in one of "+restrictions(sameForm))
	}
	if name != "" {
		return m.acceptsContext(relationship.Condition)
	}
	return nil
}

func (m *Model) acceptsContext(condition *eyeshot.Condition) error {
	defined, known := m.Conditions[condition.Name]
	if !known {
		return eyeshot.Invalid("condition", condition.Name, "is not in the authorization model, which has "+list(m.Conditions))
	}
	for parameter := range condition.Context {
		if _, known := defined.Parameters[parameter]; !known {
			return eyeshot.Invalid("context of condition "+condition.Name, parameter, "is not a parameter of it; it has "+list(defined.Parameters))
		}
	}
	return nil
}

// matches compares the form of a subject with what a restriction allows.
func (r Restriction) matches(subject eyeshot.Subject) bool {
	return subject.Object().Type() == r.Type && subject.IsWildcard() == r.Wildcard && subject.Relation() == r.Relation
}

// String gives the restriction as the modelling language writes it.
func (r Restriction) String() string {
	s := r.Type
	if r.Wildcard {
		s += ":*"
	}
	if r.Relation != "" {
		s += "#" + r.Relation
	}
	if r.Condition != "" {
		s += " with " + r.Condition
	}
	return s
}

func restrictions(all []Restriction) string {
	names := make([]string, len(all))
	for i, restriction := range all {
		names[i] = restriction.String()
	}
	return strings.Join(names, ", ")
}

func list[V any](named map[string]V) string {
	if len(named) == 0 {
		return "none"
	}
	names := make([]string, 0, len(named))
	for name := range named {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
