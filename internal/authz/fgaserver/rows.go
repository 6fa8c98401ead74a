package fgaserver

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/tuple"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/eyeshot-dev/eyeshot/internal/authz/fgaserver/memindex"
)

// rows reads tuples from the tables that OpenFGA's SQLite datastore writes. It
// implements [memindex.Source]. OpenFGA's own suite and the tests that compare
// the index with the datastore hold it to OpenFGA's reading of these tables.
type rows struct{ db *sql.DB }

var _ memindex.Source = rows{}

const (
	selectTuple = `SELECT store, object_type, object_id, relation, user_object_type, user_object_id,
		user_relation, user_type = 'userset', condition_name, condition_context, inserted_at || ''
		FROM tuple `
	ofLiveStores = `WHERE store NOT IN (SELECT id FROM store WHERE deleted_at IS NOT NULL)`
	ofStore      = `WHERE store = ?`
	// The first row's types decide the comparison, so all values are text.
	ofKeys = `WHERE store = ? AND (object_type, object_id, relation, user_object_type, user_object_id, user_relation) IN (VALUES `
	// maxKeys keeps a statement far below SQLite's limit of 32,766 variables.
	maxKeys = 500
)

// Stores implements memindex.Source.
func (r rows) Stores(ctx context.Context, yield func(string, memindex.Tuple) error) error {
	return r.query(ctx, yield, selectTuple+ofLiveStores)
}

// Store implements memindex.Source.
func (r rows) Store(ctx context.Context, store string, yield func(memindex.Tuple) error) error {
	return r.query(ctx, func(_ string, t memindex.Tuple) error { return yield(t) }, selectTuple+ofStore, store)
}

// Lookup implements memindex.Source.
func (r rows) Lookup(ctx context.Context, store string, keys []memindex.Key) ([]memindex.Tuple, error) {
	found := make([]memindex.Tuple, 0, len(keys))
	for len(keys) > 0 {
		n := min(len(keys), maxKeys)
		err := r.query(ctx, func(_ string, t memindex.Tuple) error {
			found = append(found, t)
			return nil
		}, selectTuple+ofKeys+strings.Repeat("(?,?,?,?,?,?),", n-1)+"(?,?,?,?,?,?))", keyArgs(store, keys[:n])...)
		if err != nil {
			return nil, err
		}
		keys = keys[n:]
	}
	return found, nil
}

func keyArgs(store string, keys []memindex.Key) []any {
	args := append(make([]any, 0, 1+6*len(keys)), store)
	for _, k := range keys {
		objectType, objectID := tuple.SplitObject(k.Object)
		userType, userID, userRelation := tuple.ToUserParts(k.User)
		args = append(args, objectType, objectID, k.Relation, userType, userID, userRelation)
	}
	return args
}

func (r rows) query(ctx context.Context, yield func(string, memindex.Tuple) error, query string, args ...any) error {
	rs, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read tuples: %w", err)
	}
	defer rs.Close()
	for rs.Next() {
		store, t, err := scan(rs)
		if err != nil {
			return fmt.Errorf("read a tuple: %w", err)
		}
		if err := yield(store, t); err != nil {
			return err
		}
	}
	if err := rs.Err(); err != nil {
		return fmt.Errorf("read tuples: %w", err)
	}
	return nil
}

func scan(rs *sql.Rows) (store string, t memindex.Tuple, err error) {
	var objectType, objectID, userType, userID, userRelation, at string
	var name sql.NullString
	var values []byte
	err = rs.Scan(&store, &objectType, &objectID, &t.Relation, &userType, &userID, &userRelation,
		&t.Userset, &name, &values, &at)
	if err != nil {
		return "", t, err
	}
	t.Object = tuple.BuildObject(objectType, objectID)
	t.User = tuple.FromUserParts(userType, userID, userRelation)
	if t.WrittenAt, err = time.Parse("2006-01-02 15:04:05.999", at); err != nil {
		return "", t, err
	}
	t.Condition, err = condition(name.String, values)
	return store, t, err
}

func condition(name string, values []byte) (*openfgav1.RelationshipCondition, error) {
	if name == "" {
		return nil, nil
	}
	if len(values) == 0 {
		return tuple.NewRelationshipCondition(name, nil), nil
	}
	context := new(structpb.Struct)
	if err := proto.Unmarshal(values, context); err != nil {
		return nil, fmt.Errorf("condition %q: %w", name, err)
	}
	return tuple.NewRelationshipCondition(name, context), nil
}
