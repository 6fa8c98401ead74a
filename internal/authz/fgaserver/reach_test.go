package fgaserver

import (
	"context"
	"fmt"
	"strings"
	"testing"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	language "github.com/openfga/language/pkg/go/transformer"
	"github.com/openfga/openfga/pkg/tuple"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot/internal/authz/fgaserver/memindex"
)

// tangledModel has every construct but exclusion, and relations that are used
// as groups although they are not direct.
const tangledModel = `
model
  schema 1.1
type user
type group
  relations
    define owner: [user, user:*]
    define parent: [group]
    define member: [user, user:*, group#member, folder#viewer, user with odd] or owner or member from parent
type folder
  relations
    define parent: [folder]
    define allowed: [user, user:*, group#member]
    define viewer: ([user, group#member, group#owner with odd] or viewer from parent) and allowed
type doc
  relations
    define folder: [folder, group]
    define viewer: [user, user:*, group#member, folder#viewer] or viewer from folder or member from folder

condition odd(n: int) {
  n % 2 == 1
}
`

// exclusionModel has an exclusion, below a relation that is used as a group. It
// lets no cycle lead through the exclusion: what OpenFGA answers there depends
// on which branch it looks into first.
const exclusionModel = `
model
  schema 1.1
type user
type team
  relations
    define member: [user, user:*, team#member]
type group
  relations
    define banned: [user, team#member]
    define member: [user, user:*, team#member] but not banned
type doc
  relations
    define viewer: [user, group#member, team#member]
`

type shape struct {
	objects   []string
	relations map[string][]string // by type
	users     map[string][]string // by type#relation
	asked     []string            // type#relation
	askers    []string
}

var tangled = shape{
	objects:   []string{"group:a", "group:b", "group:c", "folder:a", "folder:b", "doc:a", "doc:b"},
	relations: map[string][]string{"group": {"owner", "parent", "member"}, "folder": {"parent", "allowed", "viewer"}, "doc": {"folder", "viewer"}},
	users: map[string][]string{
		"group#owner": {"user:a", "user:*"}, "group#parent": {"group:a", "group:b", "group:c"},
		"group#member":   {"user:a", "user:b", "user:a with odd", "user:*", "group:a#member", "group:b#member", "group:c#member", "folder:a#viewer"},
		"folder#parent":  {"folder:a", "folder:b"},
		"folder#allowed": {"user:a", "user:*", "group:a#member", "group:b#member"},
		"folder#viewer":  {"user:a", "group:b#owner with odd", "group:a#member", "group:c#member"},
		"doc#folder":     {"folder:a", "folder:b", "group:a", "group:c"},
		"doc#viewer":     {"user:b", "user:*", "group:a#member", "group:b#member", "folder:a#viewer", "folder:b#viewer"},
	},
	asked:  []string{"group#member", "folder#viewer", "doc#viewer"},
	askers: []string{"user:a", "user:b", "group:a#member"},
}

var excluding = shape{
	objects:   []string{"team:a", "team:b", "team:c", "group:a", "group:b", "doc:a"},
	relations: map[string][]string{"team": {"member"}, "group": {"banned", "member"}, "doc": {"viewer"}},
	users: map[string][]string{
		"team#member":  {"user:a", "user:b", "team:c#member"},
		"group#banned": {"user:a", "team:a#member", "team:b#member", "team:c#member"},
		"group#member": {"user:a", "user:*", "team:a#member", "team:b#member"},
		"doc#viewer":   {"user:a", "group:a#member", "group:b#member", "team:b#member"},
	},
	asked:  []string{"team#member", "group#member", "doc#viewer"},
	askers: []string{"user:a", "user:b", "team:a#member"},
}

func (s shape) drawTuples(t *rapid.T) []*openfgav1.TupleKey {
	seen := map[string]bool{}
	var out []*openfgav1.TupleKey
	for range rapid.IntRange(1, 30).Draw(t, "tuples") {
		object := rapid.SampledFrom(s.objects).Draw(t, "object")
		typ, _ := tuple.SplitObject(object)
		relation := rapid.SampledFrom(s.relations[typ]).Draw(t, "relation")
		user := rapid.SampledFrom(s.users[typ+"#"+relation]).Draw(t, "user")
		user, conditional := strings.CutSuffix(user, " with odd")
		key := object + "#" + relation + "@" + user
		if implicit := object+"#"+relation == user; implicit || seen[key] {
			continue
		}
		seen[key] = true
		k := tuple.NewTupleKey(object, relation, user)
		if conditional {
			k.Condition = rapid.SampledFrom([]*openfgav1.RelationshipCondition{
				{Name: "odd"}, {Name: "odd", Context: number(1)}, {Name: "odd", Context: number(2)},
			}).Draw(t, "condition")
		}
		out = append(out, k)
	}
	return out
}

func number(n float64) *structpb.Struct {
	return &structpb.Struct{Fields: map[string]*structpb.Value{"n": structpb.NewNumberValue(n)}}
}

// checks asks everything about one user.
func (s shape) checks(user string) []*openfgav1.BatchCheckItem {
	var out []*openfgav1.BatchCheckItem
	for _, object := range s.objects {
		for _, asked := range s.asked {
			typ, relation := tuple.SplitObjectRelation(asked)
			if tuple.GetType(object) == typ {
				out = append(out, &openfgav1.BatchCheckItem{
					CorrelationId: fmt.Sprint(len(out)),
					TupleKey:      tuple.NewCheckRequestTupleKey(object, relation, user),
				})
			}
		}
	}
	return out
}

func newStore(t require.TestingT, c openfgav1.OpenFGAServiceClient, dsl string) world {
	ctx := context.Background()
	store, err := c.CreateStore(ctx, &openfgav1.CreateStoreRequest{Name: "test"})
	require.NoError(t, err)
	m, err := language.TransformDSLToProto(dsl)
	require.NoError(t, err)
	model, err := c.WriteAuthorizationModel(ctx, &openfgav1.WriteAuthorizationModelRequest{
		StoreId: store.GetId(), SchemaVersion: m.GetSchemaVersion(), TypeDefinitions: m.GetTypeDefinitions(), Conditions: m.GetConditions(),
	})
	require.NoError(t, err)
	return world{store.GetId(), model.GetAuthorizationModelId()}
}

func TestChecksAnswerAsOnPlainSQLiteWhateverTheRelationships(t *testing.T) {
	dir := t.TempDir()
	indexed := openfgav1.NewOpenFGAServiceClient(open(t, Config{Dir: dir}).Conn())
	plain := openfgav1.NewOpenFGAServiceClient(open(t, Config{Dir: dir, PlainSQLite: true}).Conn())
	for name, c := range map[string]struct {
		dsl   string
		shape shape
	}{"every construct": {tangledModel, tangled}, "exclusion": {exclusionModel, excluding}} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				tuples := c.shape.drawTuples(t)
				if len(tuples) == 0 {
					t.Skip("nothing drawn that may be written")
				}
				w := newStore(t, indexed, c.dsl)
				_, err := indexed.Write(context.Background(), &openfgav1.WriteRequest{
					StoreId: w.store, AuthorizationModelId: w.model,
					Writes: &openfgav1.WriteRequestWrites{TupleKeys: tuples},
				})
				require.NoError(t, err)
				user := rapid.SampledFrom(c.shape.askers).Draw(t, "asks")
				req := &openfgav1.BatchCheckRequest{StoreId: w.store, AuthorizationModelId: w.model, Checks: c.shape.checks(user)}
				want, err := plain.BatchCheck(context.Background(), req)
				require.NoError(t, err)
				got, err := indexed.BatchCheck(context.Background(), req)
				require.NoError(t, err)
				for _, check := range req.GetChecks() {
					require.Equal(t, want.GetResult()[check.GetCorrelationId()].GetAllowed(), got.GetResult()[check.GetCorrelationId()].GetAllowed(), "%v", check.GetTupleKey())
				}
			})
		})
	}
}

func TestOnlyRequestsAboutOnePlainUserInAModelWithoutExclusionTakeTheShortcut(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	c := openfgav1.NewOpenFGAServiceClient(s.Conn())
	w, not := newStore(t, c, tangledModel), newStore(t, c, exclusionModel)
	item := func(user string) *openfgav1.BatchCheckItem {
		return &openfgav1.BatchCheckItem{TupleKey: tuple.NewCheckRequestTupleKey("doc:a", "viewer", user)}
	}
	own := &openfgav1.ContextualTupleKeys{TupleKeys: []*openfgav1.TupleKey{tuple.NewTupleKey("doc:a", "viewer", "user:a")}}
	batch := func(w world, items ...*openfgav1.BatchCheckItem) *openfgav1.BatchCheckRequest {
		return &openfgav1.BatchCheckRequest{StoreId: w.store, AuthorizationModelId: w.model, Checks: items}
	}
	withOwn := item("user:a")
	withOwn.ContextualTuples = own
	check := func(user string, own *openfgav1.ContextualTupleKeys) *openfgav1.CheckRequest {
		return &openfgav1.CheckRequest{StoreId: w.store, AuthorizationModelId: w.model, ContextualTuples: own,
			TupleKey: tuple.NewCheckRequestTupleKey("doc:a", "viewer", user)}
	}
	for name, c := range map[string]struct {
		req  any
		want string
	}{
		"a check":                         {check("user:a", nil), "user:a"},
		"a batch about one user":          {batch(w, item("user:a"), item("user:a")), "user:a"},
		"a batch about two users":         {batch(w, item("user:a"), item("user:b")), ""},
		"a userset":                       {batch(w, item("group:a#member")), ""},
		"a wildcard":                      {check("user:*", nil), ""},
		"tuples of its own":               {batch(w, withOwn), ""},
		"a check with tuples of its own":  {check("user:a", own), ""},
		"a model with exclusion":          {batch(not, item("user:a")), ""},
		"no model named":                  {batch(world{store: w.store}, item("user:a")), ""},
		"a model that does not exist":     {batch(world{w.store, not.model}, item("user:a")), ""},
		"an empty batch":                  {batch(w), ""},
		"a request that asks for no user": {&openfgav1.ReadRequest{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, newSubjects(Config{}, s.datastore).of(context.Background(), c.req))
		})
	}
	require.IsType(t, &memindex.Datastore{}, s.datastore)
}
