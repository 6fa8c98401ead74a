package fgaserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/storage"
	"github.com/openfga/openfga/pkg/storage/sqlcommon"
	"github.com/openfga/openfga/pkg/storage/sqlite"
	"github.com/openfga/openfga/pkg/tuple"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot/internal/authz/fgaserver/memindex"
)

// both opens one database as an index and as the SQLite datastore below it.
func both(t *testing.T) (indexed *memindex.Datastore, plain storage.OpenFGADatastore) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	db, err := openDatabase(context.Background(), t.TempDir(), log)
	require.NoError(t, err)
	plain, err = sqlite.NewWithDB(db, sqlcommon.NewConfig())
	require.NoError(t, err)
	indexed, err = memindex.New(context.Background(), plain, rows{db}, log)
	require.NoError(t, err)
	t.Cleanup(indexed.Close)
	return indexed, plain
}

// Few names, so that writes collide; odd ones, so that splitting is tested.
var (
	objects   = []string{"doc:1", "doc:2", "doc:10", "doc:a|b", "folder:1", "folder:x", "group:eng", "group:ops"}
	relations = []string{"viewer", "member"}
	users     = []string{"user:1", "user:2", "user:*", "group:eng#member", "group:ops#member", "group:eng", "user:x#y", "folder:1", "bob", "*"}
	names     = []string{"", "c1", "c2"}
)

func drawKey(t *rapid.T) *openfgav1.TupleKey {
	var values *structpb.Struct
	name := rapid.SampledFrom(names).Draw(t, "condition")
	if rapid.Bool().Draw(t, "values") {
		values = &structpb.Struct{Fields: map[string]*structpb.Value{"x": structpb.NewNumberValue(float64(rapid.IntRange(0, 1).Draw(t, "x")))}}
	}
	return tuple.NewTupleKeyWithCondition(
		rapid.SampledFrom(objects).Draw(t, "object"), rapid.SampledFrom(relations).Draw(t, "relation"),
		rapid.SampledFrom(users).Draw(t, "user"), name, values)
}

func drawWrite(t *rapid.T) (deletes storage.Deletes, writes storage.Writes, opts []storage.TupleWriteOption) {
	for range rapid.IntRange(0, 20).Draw(t, "writes") {
		writes = append(writes, drawKey(t))
	}
	for range rapid.IntRange(0, 4).Draw(t, "deletes") {
		deletes = append(deletes, tuple.TupleKeyToTupleKeyWithoutCondition(drawKey(t)))
	}
	if rapid.IntRange(0, 3).Draw(t, "lenient") > 0 {
		opts = append(opts, storage.WithOnMissingDelete(storage.OnMissingDeleteIgnore), storage.WithOnDuplicateInsert(storage.OnDuplicateInsertIgnore))
	}
	return deletes, writes, opts
}

func TestTheIndexAnswersEveryReadAsSQLiteDoes(t *testing.T) {
	indexed, plain := both(t)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		store := fmt.Sprintf("store-%d", run)
		for range rapid.IntRange(1, 5).Draw(t, "steps") {
			deletes, writes, opts := drawWrite(t)
			_ = indexed.Write(context.Background(), store, deletes, writes, opts...)
			for range 20 {
				q := drawQuery(t)
				require.Equal(t, q.ask(t, plain, store), q.ask(t, indexed, store), "%v", q)
			}
		}
	})
}

// query is one of the datastore's reads.
type query struct {
	name string
	ask  func(t require.TestingT, ds storage.OpenFGADatastore, store string) []string
}

func (q query) String() string { return q.name }

func drawQuery(t *rapid.T) query {
	ctx := context.Background()
	object := rapid.SampledFrom(append(objects, "", "doc:", "1", "doc:none")).Draw(t, "of")
	relation := rapid.SampledFrom(append(relations, "")).Draw(t, "as")
	user := rapid.SampledFrom(append(users, "", "user:", "group:eng#", "user:none")).Draw(t, "by")
	conditions := rapid.SampledFrom([][]string{nil, {""}, {"c1"}, {"", "c2"}}).Draw(t, "under")
	name := fmt.Sprintf("object=%q relation=%q user=%q conditions=%q", object, relation, user, conditions)
	switch rapid.IntRange(0, 5).Draw(t, "method") {
	case 0:
		f := storage.ReadFilter{Object: object, Relation: relation, User: user, Conditions: conditions}
		return query{"Read " + name, func(t require.TestingT, ds storage.OpenFGADatastore, store string) []string {
			it, err := ds.Read(ctx, store, f, storage.ReadOptions{})
			return drain(t, it, err, true)
		}}
	case 1:
		f := storage.ReadUserTupleFilter{Object: object, Relation: relation, User: user, Conditions: conditions}
		return query{"ReadUserTuple " + name, func(t require.TestingT, ds storage.OpenFGADatastore, store string) []string {
			tup, err := ds.ReadUserTuple(ctx, store, f, storage.ReadUserTupleOptions{})
			if errors.Is(err, storage.ErrNotFound) {
				return nil
			}
			require.NoError(t, err)
			return []string{text(tup)}
		}}
	case 2:
		f := storage.ReadUsersetTuplesFilter{Object: object, Relation: relation, Conditions: conditions, AllowedUserTypeRestrictions: drawRestrictions(t)}
		return query{fmt.Sprint("ReadUsersetTuples ", name, f.AllowedUserTypeRestrictions), func(t require.TestingT, ds storage.OpenFGADatastore, store string) []string {
			it, err := ds.ReadUsersetTuples(ctx, store, f, storage.ReadUsersetTuplesOptions{})
			return drain(t, it, err, true)
		}}
	case 3, 4:
		f := storage.ReadFilter{Object: object, Relation: relation, User: user, Conditions: conditions}
		size := rapid.Int32Range(1, 3).Draw(t, "page size")
		return query{fmt.Sprint("ReadPage ", name, " ", size), func(t require.TestingT, ds storage.OpenFGADatastore, store string) []string {
			return pages(ctx, t, ds, store, f, size)
		}}
	default:
		return drawReverseQuery(t, relation, conditions)
	}
}

// pages reads page by page, and says where each ends.
func pages(ctx context.Context, t require.TestingT, ds storage.OpenFGADatastore, store string, f storage.ReadFilter, size int32) []string {
	var out []string
	for from := ""; ; {
		page, next, err := ds.ReadPage(ctx, store, f, storage.ReadPageOptions{Pagination: storage.NewPaginationOptions(size, from)})
		require.NoError(t, err)
		for _, one := range page {
			out = append(out, text(one))
		}
		if out = append(out, "page"); next == "" {
			return out
		}
		from = next
	}
}

func drawRestrictions(t *rapid.T) []*openfgav1.RelationReference {
	return rapid.SampledFrom([][]*openfgav1.RelationReference{
		nil,
		{{Type: "group", RelationOrWildcard: &openfgav1.RelationReference_Relation{Relation: "member"}}},
		{{Type: "user", RelationOrWildcard: &openfgav1.RelationReference_Wildcard{}}},
		{{Type: "user"}},
	}).Draw(t, "allowed")
}

func drawReverseQuery(t *rapid.T, relation string, conditions []string) query {
	f := storage.ReadStartingWithUserFilter{
		ObjectType: rapid.SampledFrom([]string{"doc", "folder", "group", "none"}).Draw(t, "type"),
		Relation:   relation,
		Conditions: conditions,
	}
	for range rapid.IntRange(0, 3).Draw(t, "users") {
		object, rel := rapid.SampledFrom(users).Draw(t, "user"), ""
		if rapid.IntRange(0, 3).Draw(t, "split") > 0 {
			object, rel = tuple.SplitObjectRelation(object)
		}
		f.UserFilter = append(f.UserFilter, &openfgav1.ObjectRelation{Object: object, Relation: rel})
	}
	if rapid.Bool().Draw(t, "by id") {
		f.ObjectIDs = storage.NewSortedSet(rapid.SliceOf(rapid.SampledFrom([]string{"1", "2", "10", "x", "a|b", "0", "zz"})).Draw(t, "ids")...)
	}
	return query{fmt.Sprintf("ReadStartingWithUser %+v", f), func(t require.TestingT, ds storage.OpenFGADatastore, store string) []string {
		it, err := ds.ReadStartingWithUser(context.Background(), store, f, storage.ReadStartingWithUserOptions{})
		got := drain(t, it, err, false)
		// Ties among the users of one object have no order.
		require.True(t, slices.IsSortedFunc(got, func(a, b string) int { return compareObjects(a, b) }), "%v", got)
		slices.Sort(got)
		return got
	}}
}
