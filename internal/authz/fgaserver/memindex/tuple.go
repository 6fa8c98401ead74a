package memindex

import (
	"context"
	"strings"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	tuples "github.com/openfga/openfga/pkg/tuple"
)

// Key names one tuple of a store, in canonical spelling: the object as
// "type:id", the user as "type:id", "type:id#relation" or "type:*".
type Key struct {
	Object   string
	Relation string
	User     string
}

// newKey spells a tuple of a Write call canonically.
func newKey(object, relation, user string) Key {
	return Key{Object: canonicalObject(object), Relation: relation, User: canonicalUser(user)}
}

// Tuple is one relationship as the datastore below has it.
type Tuple struct {
	Key
	// Userset is true for users of the forms "type:id#relation" and "type:*".
	Userset bool
	// Condition is nil where the tuple has none. It is shared and read-only.
	Condition *openfgav1.RelationshipCondition
	// WrittenAt has millisecond resolution.
	WrittenAt time.Time
}

// Source reads tuples from where they are kept, past any index. What it
// returns must include every write that has returned before the call.
type Source interface {
	// Stores calls yield for every tuple of every store that is not deleted,
	// in any order, until yield fails.
	Stores(ctx context.Context, yield func(store string, t Tuple) error) error
	// Store calls yield for every tuple of one store, in any order.
	Store(ctx context.Context, store string, yield func(t Tuple) error) error
	// Lookup returns those of the tuples named by keys that exist.
	Lookup(ctx context.Context, store string, keys []Key) ([]Tuple, error)
}

// canonicalObject spells an object as OpenFGA's SQL datastores do after
// splitting it: a missing type becomes an empty one.
func canonicalObject(object string) string {
	if strings.IndexByte(object, ':') >= 0 {
		return object
	}
	return ":" + object
}

// canonicalUser drops the empty relation of "type:id#", which OpenFGA's SQL
// datastores cannot tell from no relation.
func canonicalUser(user string) string {
	if !strings.HasSuffix(user, "#") {
		return user
	}
	return tuples.FromUserParts(tuples.ToUserParts(user))
}

func objectType(object string) string { return object[:strings.IndexByte(object, ':')] }
