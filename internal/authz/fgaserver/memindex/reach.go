package memindex

import (
	tuples "github.com/openfga/openfga/pkg/tuple"
)

// maxReach bounds the work of finding what a user reaches. A user who reaches
// more gets no shortcut.
const maxReach = 4096

// reach is the set of objects that a user may have any relation to, of those
// types that occur in usersets. It is wider than what the user has access to:
// relations, conditions and rewrites are not looked at. Nil means everything.
type reach map[id]struct{}

// has reports whether the user may be in a userset, given as "type:id#relation";
// other users are not for it to judge.
func (r reach) has(n *names, userset string) bool {
	if r == nil {
		return true
	}
	object, relation := tuples.SplitObjectRelation(userset)
	if relation == "" {
		return true
	}
	o, known := n.find(object)
	_, in := r[o]
	return known && in
}

// step leads from objects of one type, used as "object" or "object#relation",
// to the objects of a table that they are written on.
type step struct {
	table    *table
	relation string
}

// reach walks upwards from a plain user: to the objects that the user or the
// wildcard of its type is written on, to those that these are written on,
// and so on. Any relation that a check finds true follows such a path downwards,
// whatever the model's rewrites, as long as the model has no exclusion.
func (s *snapshot) reach(user string) reach {
	steps := s.steps()
	typ, _ := tuples.SplitObject(user)
	found := reach{}
	for todo := []string{user, tuples.TypedPublicWildcard(typ)}; len(todo) > 0; {
		object := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		typ, _ := tuples.SplitObject(object)
		for _, st := range steps[typ] {
			for _, o := range st.from(object) {
				if _, ok := found[o]; ok {
					continue
				}
				found[o] = struct{}{}
				todo = append(todo, s.names.text(o))
			}
			if len(found) > maxReach {
				return nil
			}
		}
	}
	return found
}

// from returns the objects that object, in the step's form, is written on.
func (st step) from(object string) []id {
	if st.relation != "" {
		object += "#" + st.relation
	}
	user, ok := st.table.names.find(object)
	if !ok {
		return nil
	}
	var objects []id
	it := st.table.back.Iter()
	for ok := it.Seek(backEdge{user: user}); ok && it.Item().user == user; ok = it.Next() {
		if objects = append(objects, it.Item().object); len(objects) > maxReach {
			break
		}
	}
	return objects
}

// steps returns, by the type that they lead from, the steps that can end at a
// type that occurs in usersets. A document's readers, for example, are not
// reached this way unless documents are used as groups.
func (s *snapshot) steps() map[string][]step {
	leads := map[string]bool{}
	for _, t := range s.tables {
		for _, kind := range t.subjects {
			if kind.relation != "" {
				leads[kind.typ] = true
			}
		}
	}
	for grown := true; grown; {
		grown = false
		for of, t := range s.tables {
			for _, kind := range t.subjects {
				if leads[of.objectType] && !leads[kind.typ] {
					leads[kind.typ], grown = true, true
				}
			}
		}
	}
	out := map[string][]step{}
	for of, t := range s.tables {
		for _, kind := range t.subjects {
			if leads[of.objectType] {
				out[kind.typ] = append(out[kind.typ], step{t, kind.relation})
			}
		}
	}
	return out
}
