package memindex

import (
	"slices"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/storage"
	tuples "github.com/openfga/openfga/pkg/tuple"
)

// The functions of this file answer OpenFGA's tuple reads from a snapshot. Each
// filter means what it means to OpenFGA's SQL datastores, oddities included: an
// empty part of a filter matches everything, and a user without a relation
// matches the usersets of that object too.

// userTuple answers ReadUserTuple.
func (s *snapshot) userTuple(f storage.ReadUserTupleFilter) (*openfgav1.Tuple, error) {
	object := canonicalObject(f.Object)
	t := s.table(objectType(object), f.Relation)
	if t == nil {
		return nil, storage.ErrNotFound
	}
	o, ok1 := t.names.find(object)
	u, ok2 := t.names.find(canonicalUser(f.User))
	if !ok1 || !ok2 {
		return nil, storage.ErrNotFound
	}
	if tuples.GetUserTypeFromUser(f.User) == tuples.User {
		u |= directUser
	}
	e, ok := t.edges.Get(edge{key: edgeKey(o, u)})
	if !ok || !t.hasCondition(e, f.Conditions) {
		return nil, storage.ErrNotFound
	}
	return t.proto(e), nil
}

// read answers Read.
func (s *snapshot) read(f storage.ReadFilter) cursor {
	c := s.edgesOf(f.Object, f.Relation, false)
	if f.User != "" {
		c = filtered{c, userFilter(f.User)}
	}
	return withConditions(c, f.Conditions)
}

// usersetTuples answers ReadUsersetTuples.
func (s *snapshot) usersetTuples(f storage.ReadUsersetTuplesFilter) cursor {
	c := s.edgesOf(f.Object, f.Relation, true)
	if len(f.AllowedUserTypeRestrictions) > 0 {
		c = filtered{c, typeFilter(f.AllowedUserTypeRestrictions)}
	}
	return withConditions(c, f.Conditions)
}

// edgesOf walks the edges of an object and relation, either of which may be
// left open, in whole or (for the object) in its id.
func (s *snapshot) edgesOf(object, relation string, usersets bool) cursor {
	typ, local := tuples.SplitObject(object)
	if typ == "" || local == "" || relation == "" {
		return s.search(typ, local, relation, usersets)
	}
	t := s.table(typ, relation)
	if t == nil {
		return empty{}
	}
	o, ok := t.names.find(object)
	if !ok {
		return empty{}
	}
	return t.object(o, usersets)
}

// search is edgesOf for filters that name no single object and relation. It
// passes over all tables, and over all tuples of those where the id is open.
func (s *snapshot) search(typ, local, relation string, usersets bool) cursor {
	var found chain
	for of, t := range s.tables {
		if typ != "" && of.objectType != typ || relation != "" && of.relation != relation {
			continue
		}
		if local == "" {
			found = append(found, t.all(usersets))
		} else if o, ok := t.names.find(of.objectType + ":" + local); ok {
			found = append(found, t.object(o, usersets))
		}
	}
	return &found
}

// startingWithUser answers ReadStartingWithUser, sorted by object.
func (s *snapshot) startingWithUser(f storage.ReadStartingWithUserFilter) cursor {
	t := s.table(f.ObjectType, f.Relation)
	if t == nil {
		return empty{}
	}
	var wanted []string
	choosy := f.ObjectIDs != nil && f.ObjectIDs.Size() > 0
	if choosy {
		wanted = f.ObjectIDs.Values()
	}
	var cursors []*backCursor
	for _, user := range t.usersNamed(f.UserFilter) {
		cursors = append(cursors, t.startingWith(user, wanted, choosy))
	}
	return withConditions(merge(cursors), f.Conditions)
}

// usersNamed returns the distinct users of the table that a filter means.
func (t *table) usersNamed(filter []*openfgav1.ObjectRelation) []id {
	var users []id
	add := func(object, user string) {
		u, ok := t.names.find(user)
		// A '#' in the object itself must not be read as a relation.
		named, _ := tuples.SplitObjectRelation(user)
		if ok && named == object && !slices.Contains(users, u) {
			users = append(users, u)
		}
	}
	for _, f := range filter {
		object := f.GetObject()
		if f.GetRelation() != "" {
			add(object, object+"#"+f.GetRelation())
			continue
		}
		add(object, object)
		for _, kind := range t.subjects {
			if kind.relation != "" {
				add(object, object+"#"+kind.relation)
			}
		}
	}
	return users
}

func withConditions(c cursor, conditions []string) cursor {
	if len(conditions) == 0 {
		return c
	}
	return filtered{c, func(t *table, e edge) bool { return t.hasCondition(e, conditions) }}
}

func (t *table) hasCondition(e edge, conditions []string) bool {
	return len(conditions) == 0 || slices.Contains(conditions, t.condition(e).GetName())
}

func userFilter(user string) func(*table, edge) bool {
	typ, local, relation := tuples.ToUserParts(user)
	return func(t *table, e edge) bool {
		et, el, er := tuples.ToUserParts(t.names.text(e.user()))
		return (typ == "" || et == typ) && (local == "" || el == local) && (relation == "" || er == relation)
	}
}

func typeFilter(allowed []*openfgav1.RelationReference) func(*table, edge) bool {
	return func(t *table, e edge) bool {
		typ, local, relation := tuples.ToUserParts(t.names.text(e.user()))
		for _, ref := range allowed {
			switch r := ref.GetRelationOrWildcard().(type) {
			case *openfgav1.RelationReference_Relation:
				if typ == ref.GetType() && relation == r.Relation {
					return true
				}
			case *openfgav1.RelationReference_Wildcard:
				if typ == ref.GetType() && local == tuples.Wildcard {
					return true
				}
			}
		}
		return false
	}
}
