package memindex

import (
	"errors"
	"slices"
	"strings"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/tidwall/btree"

	tuples "github.com/openfga/openfga/pkg/tuple"
)

var errFull = errors.New("memindex: more than 2^31 distinct objects and users in one store")

// relationOf names what one table holds: all tuples of one relation of one type.
type relationOf struct{ objectType, relation string }

// directUser is set in an edge's user when the user is not a userset, so that
// the few usersets of an object sort before its many direct users and can be
// read without passing over them.
const directUser id = maxNames

// edge is one tuple of a table, ordered by object, then usersets before direct
// users, then user.
type edge struct {
	key uint64 // object << 32 | user, see directUser
	at  int64  // Unix milliseconds << 1 | 1 if there is a condition
}

func edgeKey(object, user id) uint64 { return uint64(object)<<32 | uint64(user) }

func (e edge) object() id         { return id(e.key >> 32) }
func (e edge) user() id           { return id(e.key) &^ directUser }
func (e edge) userset() bool      { return id(e.key)&directUser == 0 }
func (e edge) conditional() bool  { return e.at&1 == 1 }
func (e edge) written() time.Time { return time.UnixMilli(e.at >> 1) }

// backEdge is the same tuple from its user's side. The order of a user's
// objects is that of their text, because OpenFGA wants them sorted by id.
type backEdge struct{ user, object id }

type conditionOf struct {
	key       uint64
	condition *openfgav1.RelationshipCondition
}

// table is the tuples of one relation of one type. Once published it is never
// changed; clone gives one that may be.
type table struct {
	of         relationOf
	names      *names
	edges      *btree.BTreeG[edge]
	back       *btree.BTreeG[backEdge]
	conditions *btree.BTreeG[conditionOf]
	// subjects are the kinds of users that the table has held.
	subjects []subject
}

// subject is a kind of user: "type", "type#relation" or, with relation "",
// also "type:*".
type subject struct{ typ, relation string }

func newTable(of relationOf, n *names) *table {
	opts := btree.Options{NoLocks: true}
	return &table{
		of:    of,
		names: n,
		edges: btree.NewBTreeGOptions(func(a, b edge) bool { return a.key < b.key }, opts),
		back: btree.NewBTreeGOptions(func(a, b backEdge) bool {
			if a.user != b.user {
				return a.user < b.user
			}
			return a.object != b.object && n.text(a.object) < n.text(b.object)
		}, opts),
		conditions: btree.NewBTreeGOptions(func(a, b conditionOf) bool { return a.key < b.key }, opts),
	}
}

// clone shares all nodes with t and copies those that it changes.
func (t *table) clone() *table {
	c := *t
	c.edges, c.back, c.conditions = t.edges.Copy(), t.back.Copy(), t.conditions.Copy()
	return &c
}

func (t *table) put(e edge, user string, condition *openfgav1.RelationshipCondition) {
	if _, replaced := t.edges.Set(e); !replaced {
		t.edges.Delete(edge{key: e.key ^ uint64(directUser)})
		t.back.Set(backEdge{user: e.user(), object: e.object()})
	}
	t.noteUser(user)
	if condition != nil {
		t.conditions.Set(conditionOf{key: e.key, condition: condition})
	} else if t.conditions.Len() > 0 {
		t.conditions.Delete(conditionOf{key: e.key})
	}
}

// remove takes the tuple away, whichever kind of user it was stored with.
func (t *table) remove(object, user id) {
	for _, u := range []id{user, user | directUser} {
		key := edgeKey(object, u)
		if _, found := t.edges.Delete(edge{key: key}); found {
			t.back.Delete(backEdge{user: user, object: object})
			t.conditions.Delete(conditionOf{key: key})
		}
	}
}

func (t *table) noteUser(user string) {
	typ, _, relation := tuples.ToUserParts(user)
	if kind := (subject{typ, relation}); !slices.Contains(t.subjects, kind) {
		kind = subject{strings.Clone(typ), strings.Clone(relation)}
		t.subjects = append(slices.Clone(t.subjects), kind)
	}
}

func (t *table) condition(e edge) *openfgav1.RelationshipCondition {
	if !e.conditional() {
		return nil
	}
	c, _ := t.conditions.Get(conditionOf{key: e.key})
	return c.condition
}

// find returns the edge between two names, as userset or as direct user.
func (t *table) find(object, user id) (edge, bool) {
	if e, ok := t.edges.Get(edge{key: edgeKey(object, user|directUser)}); ok {
		return e, true
	}
	return t.edges.Get(edge{key: edgeKey(object, user)})
}
