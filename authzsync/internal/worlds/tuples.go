package worlds

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// perType is the number of objects of each type.
const perType = 3

// Objects lists all objects of a type that a drawn world may name.
func Objects(typ string) []eyeshot.Object {
	all := make([]eyeshot.Object, perType)
	for i := range all {
		all[i] = eyeshot.Object(fmt.Sprintf("%s:%d", typ, i))
	}
	return all
}

// Refs lists the relations of a model, by type.
func Refs(m *authz.Model) map[string][]string {
	all := map[string][]string{}
	for _, typ := range []string{Group, Folder, Doc} {
		all[typ] = append(append([]string{}, relations[typ]...), tuplesets[typ]...)
	}
	return all
}

// Subjects lists every subject worth asking about: users, their wildcard,
// objects of other types, and subject sets.
func Subjects(m *authz.Model) []eyeshot.Subject {
	all := []eyeshot.Subject{"user:*", "user:unheard-of"}
	for _, typ := range []string{User, Group, Folder} {
		for _, o := range Objects(typ) {
			all = append(all, eyeshot.Subject(o))
		}
	}
	for _, typ := range []string{Group, Folder, Doc} {
		for _, name := range Refs(m)[typ] {
			all = append(all, eyeshot.Subject(string(Objects(typ)[0])+"#"+name))
		}
	}
	return all
}

// Tuple draws a relationship that the model allows.
func Tuple(t *rapid.T, m *authz.Model) (eyeshot.Relationship, bool) {
	typ := rapid.SampledFrom([]string{Group, Folder, Doc}).Draw(t, "type")
	relation := rapid.SampledFrom(Refs(m)[typ]).Draw(t, "relation")
	object := rapid.SampledFrom(Objects(typ)).Draw(t, "object")
	allowed := m.Types[typ].Relations[relation].Direct
	if len(allowed) == 0 {
		return eyeshot.Relationship{}, false
	}
	by := rapid.SampledFrom(allowed).Draw(t, "restriction")
	r := eyeshot.Relationship{Relation: relation, Object: object}
	subject := rapid.SampledFrom(Objects(by.Type)).Draw(t, "subject")
	switch {
	case by.Wildcard:
		r.Subject = eyeshot.Subject(by.Type + ":*")
	case by.Relation != "":
		r.Subject = eyeshot.Subject(string(subject) + "#" + by.Relation)
	default:
		r.Subject = eyeshot.Subject(subject)
	}
	if by.Condition != "" {
		r.Condition = &eyeshot.Condition{Name: by.Condition}
		if by.Relation == "" && rapid.Bool().Draw(t, "met") {
			r.Condition.Context = map[string]any{"met": rapid.Bool().Draw(t, "is met")}
		}
	}
	return r, true
}

// Tuples draws up to n relationships, no two of one key.
func Tuples(t *rapid.T, m *authz.Model, n int) []eyeshot.Relationship {
	seen := map[eyeshot.RelationshipKey]bool{}
	var all []eyeshot.Relationship
	for range rapid.IntRange(0, n).Draw(t, "tuples") {
		r, ok := Tuple(t, m)
		// A set in itself is a tuple that OpenFGA refuses.
		if !ok || seen[r.Key()] || string(r.Subject) == string(r.Object)+"#"+r.Relation {
			continue
		}
		seen[r.Key()] = true
		all = append(all, r)
	}
	return all
}
