package qdrant

import (
	qc "github.com/qdrant/go-client/qdrant"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// isMine holds for every point of the index.
func (t *index) isMine() *qc.Condition { return qc.NewMatchKeyword(keyTenant, t.partition) }

// filter holds for the points of a kind that are alive in the view and fulfil
// the conditions; nil ones hold everywhere.
func (v view) filter(kind string, conditions ...*qc.Condition) *qc.Filter {
	f := &qc.Filter{
		// SECURITY: the tenant comes first; keep() checks it again in what comes back.
		Must:    []*qc.Condition{v.isMine(), qc.NewMatchKeyword(keyKind, kind), qc.NewRange(keyBorn, &qc.Range{Lte: number(v.at)})},
		MustNot: []*qc.Condition{qc.NewRange(keyDied, &qc.Range{Lte: number(v.at)})},
	}
	for _, condition := range conditions {
		if condition != nil {
			f.Must = append(f.Must, condition)
		}
	}
	return f
}

// keep says whether a point may be used at all.
//
// SECURITY: a filter that Qdrant has lost, or applied to less than all points,
// must not show another tenant's point, nor one of another state.
func (v view) keep(p payload, kind string) bool {
	died := p[keyDied]
	return p.text(keyTenant) == v.partition && p.text(keyKind) == kind && p[keyBorn] != nil && p[keyBorn].GetIntegerValue() <= v.at &&
		(died == nil || died.GetIntegerValue() > v.at)
}

// checked are the keys that keep needs.
func checked(more ...string) *qc.WithPayloadSelector {
	return qc.NewWithPayloadInclude(append(more, keyTenant, keyKind, keyBorn, keyDied, keyObject, keyN)...)
}

// anyOf holds where a key has one of the values, however many they are.
func anyOf[T ~string](l limits, key string, values []T) []*qc.Condition {
	var conditions []*qc.Condition
	for _, lot := range lots(l, values) {
		keywords := make([]string, len(lot))
		for i, value := range lot {
			keywords[i] = string(value)
		}
		conditions = append(conditions, qc.NewMatchKeywords(key, keywords...))
	}
	return conditions
}

// or holds where one of the conditions does, and nowhere without any.
//
// SECURITY: Qdrant takes a filter without conditions to hold everywhere.
func or(conditions ...*qc.Condition) *qc.Condition {
	switch len(conditions) {
	case 0:
		return nothing()
	case 1:
		return conditions[0]
	}
	return qc.NewFilterAsCondition(&qc.Filter{Should: conditions})
}

// not holds where the condition does not.
func not(condition *qc.Condition) *qc.Condition {
	return qc.NewFilterAsCondition(&qc.Filter{MustNot: []*qc.Condition{condition}})
}

// nothing holds nowhere: every point has a kind, and it is never empty.
func nothing() *qc.Condition { return qc.NewMatchKeyword(keyKind, "") }

// scope is how a search gets at the documents of an access.
type scope struct {
	access    store.Access
	condition *qc.Condition // nil for the whole index
	none      bool          // there is nothing to be found
	exact     bool          // candidates are few enough to be scored one by one
	precise   bool          // the condition lets through what is allowed, and nothing else
}

// mostByID is how many documents are looked up by their ids where the way is
// left to the driver.
const mostByID = 10_000

// scopeOf chooses the way. A way whose limits are passed gives way to the next.
func scopeOf(l limits, access store.Access) scope {
	set, route := access.Documents(), access.Route()
	switch {
	case access.Everything():
		return scope{access: access, precise: true}
	case access.Nothing(), set.Numbering() == nil: // without a numbering, ordinals mean nothing
		return scope{none: true}
	}
	n := set.Len()
	if route.Way == store.Exact && n <= maxExact || route.Way == store.Any && n <= mostByID {
		if conditions := anyOf(l, keyObject, members(set)); l.allow(conditions) {
			return scope{access: access, condition: or(conditions...), none: len(conditions) == 0, exact: true, precise: true}
		}
	}
	filters := route.Way == store.Filtered || route.Way != store.Unfiltered && len(route.Memberships) > 0
	if filters && len(route.Memberships) <= maxMemberships {
		conditions := append(anyOf(l, keyReaders, route.Memberships), anyOf(l, keyObject, route.Behind)...)
		if l.allow(conditions) {
			return scope{access: access, condition: or(conditions...), none: len(conditions) == 0}
		}
	}
	return scope{access: access}
}

// preciseMost is how many documents keywords are narrowed to by their ids, beside
// whatever filter there is, so that no other document counts in their scores.
const preciseMost = 5_000

// narrowed is the scope for keywords, which count what the condition lets through.
//
// SECURITY: a word that is rare in a small scope is not betrayed by what lies
// around that scope.
func (s scope) narrowed(l limits) scope {
	if s.none || s.precise || s.access.Documents().Len() > preciseMost {
		return s
	}
	ids := anyOf(l, keyObject, members(s.access.Documents()))
	if !l.allow(ids) {
		return s
	}
	all := &qc.Filter{Must: []*qc.Condition{or(ids...)}}
	if s.condition != nil {
		all.Must = append(all.Must, s.condition)
	}
	s.condition, s.precise = qc.NewFilterAsCondition(all), true
	return s
}

// allow says whether a filter may hold so many conditions beside its own.
func (l limits) allow(conditions []*qc.Condition) bool {
	const own = 32
	return l.conditions == 0 || len(conditions)+own <= l.conditions
}

// members lists the documents of a set that the numbering knows.
func members(set store.DocumentSet) []eyeshot.Object {
	objects := make([]eyeshot.Object, 0, set.Len())
	for typ, bitmap := range set.ByType() {
		if bitmap == nil {
			continue
		}
		for it := bitmap.Iterator(); it.HasNext(); {
			if object, known := set.Numbering().Object(typ, it.Next()); known {
				objects = append(objects, object)
			}
		}
	}
	return objects
}

// allows says whether a document may be shown.
//
// SECURITY: whatever way a hit was found by, it is in the access or it is none.
func (s scope) allows(object eyeshot.Object) bool {
	return !s.none && (s.access.Everything() || s.access.Documents().Contains(object))
}
