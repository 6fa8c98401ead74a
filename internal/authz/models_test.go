package authz_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
)

const everyRewrite = `model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type doc
  relations
    define parent: [doc]
    define blocked: [user, user:*]
    define owner: [user with soon, group#member]
    define editor: owner
    define viewer: [user] or editor or viewer from parent
    define both: [user] and viewer
    define reader: (viewer or both) but not blocked
condition soon(current_time: timestamp, at: timestamp) {
  current_time < at
}
`

func TestAModelComesBackAsItIsDecided(t *testing.T) {
	store := authztest.NewStore(t, everyRewrite)
	got, err := store.Model(t.Context(), store.ModelID())
	if err != nil {
		t.Fatal(err)
	}
	user := authz.Restriction{Type: "user"}
	group := authz.Restriction{Type: "group", Relation: "member"}
	relation := func(name string, rewrite authz.Rewrite, direct ...authz.Restriction) *authz.Relation {
		return &authz.Relation{Name: name, Rewrite: rewrite, Direct: direct}
	}
	want := &authz.Model{
		ID: store.ModelID(),
		Types: map[string]*authz.Type{
			"user": {Name: "user", Relations: map[string]*authz.Relation{}},
			"group": {Name: "group", Relations: map[string]*authz.Relation{
				"member": relation("member", authz.This{}, user, group),
			}},
			"doc": {Name: "doc", Relations: map[string]*authz.Relation{
				"parent":  relation("parent", authz.This{}, authz.Restriction{Type: "doc"}),
				"blocked": relation("blocked", authz.This{}, user, authz.Restriction{Type: "user", Wildcard: true}),
				"owner":   relation("owner", authz.This{}, authz.Restriction{Type: "user", Condition: "soon"}, group),
				"editor":  relation("editor", authz.Computed{Relation: "owner"}),
				"viewer": relation("viewer", authz.Union{Children: []authz.Rewrite{
					authz.This{}, authz.Computed{Relation: "editor"}, authz.TupleToUserset{Tupleset: "parent", Computed: "viewer"},
				}}, user),
				"both": relation("both", authz.Intersection{Children: []authz.Rewrite{authz.This{}, authz.Computed{Relation: "viewer"}}}, user),
				"reader": relation("reader", authz.Difference{
					Base:     authz.Union{Children: []authz.Rewrite{authz.Computed{Relation: "viewer"}, authz.Computed{Relation: "both"}}},
					Subtract: authz.Computed{Relation: "blocked"},
				}),
			}},
		},
		Conditions: map[string]*authz.Condition{"soon": {Name: "soon", Parameters: map[string]string{
			"current_time": "TYPE_NAME_TIMESTAMP", "at": "TYPE_NAME_TIMESTAMP",
		}, Expression: "current_time < at"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	latest, err := store.Model(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, latest); diff != "" {
		t.Errorf("the latest model differs (-by id +latest):\n%s", diff)
	}
}

func TestTheLatestModelIsTheOneThatWasWrittenLast(t *testing.T) {
	client := authztest.New(t)
	id, err := client.CreateStore(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	store := client.Store(id, "")
	if _, err := store.LatestModelID(t.Context()); !errors.Is(err, eyeshot.ErrNotFound) {
		t.Errorf("a store without a model: %v", err)
	}
	if _, err := store.Model(t.Context(), ""); !errors.Is(err, eyeshot.ErrNotFound) {
		t.Errorf("a store without a model: %v", err)
	}
	encoded, err := model.JSON(model.DSL())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		written, err := store.WriteModel(t.Context(), encoded)
		if err != nil {
			t.Fatal(err)
		}
		if latest, err := store.LatestModelID(t.Context()); err != nil || latest != written {
			t.Errorf("the latest is %s, %v, want %s", latest, err, written)
		}
	}
	if _, err := store.Model(t.Context(), "01JXABCDEFGH0000000000000A"); !errors.Is(err, eyeshot.ErrNotFound) {
		t.Errorf("a model that is not there: %v", err)
	}
}

func TestAModelThatOpenFGARefusesIsRefusedWithItsReason(t *testing.T) {
	store := authztest.NewStore(t, "")
	models := map[string]string{
		"not JSON":          "model schema 1.1",
		"an unknown type":   `{"schema_version":"1.1","type_definitions":[{"type":"doc","relations":{"viewer":{"this":{}}},"metadata":{"relations":{"viewer":{"directly_related_user_types":[{"type":"usr"}]}}}}]}`,
		"an unknown schema": `{"schema_version":"0.9","type_definitions":[{"type":"user"}]}`,
	}
	says := map[string]string{"not JSON": "JSON", "an unknown type": "usr", "an unknown schema": "SchemaVersion"}
	for name, encoded := range models {
		id, err := store.WriteModel(t.Context(), []byte(encoded))
		if !errors.Is(err, eyeshot.ErrInvalid) || !strings.Contains(err.Error(), says[name]) {
			t.Errorf("%s: got %q, %v", name, id, err)
		}
	}
}

func TestAModelOfModulesIsRead(t *testing.T) {
	parsed, err := authz.ParseModel([]byte(`{"id":"1","schema_version":"1.2","type_definitions":[
		{"type":"user","metadata":{"module":"core","source_info":{"file":"core.fga"}}},
		{"type":"doc","relations":{"viewer":{"this":{}},"reader":{"computedUserset":{"object":"","relation":"viewer"}}},
		 "metadata":{"module":"docs","source_info":{"file":"docs.fga"},"relations":{
			"viewer":{"directly_related_user_types":[{"type":"user","condition":""}],"module":"docs"},
			"reader":{"directly_related_user_types":[],"module":"docs"}}}}],"conditions":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	if direct := parsed.Types["doc"].Relations["viewer"].Direct; len(direct) != 1 || direct[0] != (authz.Restriction{Type: "user"}) {
		t.Errorf("viewer may be %v", direct)
	}
	if rewrite := parsed.Types["doc"].Relations["reader"].Rewrite; rewrite != (authz.Computed{Relation: "viewer"}) {
		t.Errorf("reader is %v", rewrite)
	}
}

// TestAModelThatCannotBeReadWholeIsNotReadInPart: a part that is left out may be
// the "but not".
func TestAModelThatCannotBeReadWholeIsNotReadInPart(t *testing.T) {
	relations := map[string]string{
		"an unknown kind":           `{"exactly_one_of":{}}`,
		"no kind":                   `{}`,
		"two kinds":                 `{"this":{},"computedUserset":{"relation":"b"}}`,
		"a union of nothing":        `{"union":{"child":[]}}`,
		"an unknown kind in it":     `{"union":{"child":[{"this":{}},{"x":{}}]}}`,
		"a difference without one":  `{"difference":{"base":{"this":{}}}}`,
		"an unknown kind to remove": `{"difference":{"base":{"this":{}},"subtract":{"x":{}}}}`,
		"an unknown kind as base":   `{"difference":{"base":{"x":{}},"subtract":{"this":{}}}}`,
		"an unknown kind in both":   `{"intersection":{"child":[{"this":{}},{"x":{}}]}}`,
	}
	for name, relation := range relations {
		encoded := `{"schema_version":"1.1","type_definitions":[{"type":"doc","relations":{"a":` + relation + `}}]}`
		if parsed, err := authz.ParseModel([]byte(encoded)); !errors.Is(err, eyeshot.ErrInvalid) {
			t.Errorf("%s: got %v, %v", name, parsed, err)
		}
	}
	for name, encoded := range map[string]string{
		"an old schema": `{"schema_version":"1.0","type_definitions":[]}`,
		"no schema":     `{"type_definitions":[]}`,
		"not JSON":      `{`,
	} {
		if parsed, err := authz.ParseModel([]byte(encoded)); !errors.Is(err, eyeshot.ErrInvalid) {
			t.Errorf("%s: got %v, %v", name, parsed, err)
		}
	}
}
