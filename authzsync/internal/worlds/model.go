// Package worlds draws random authorization models and relationships for
// property and fuzz tests: small enough to judge by hand, nested enough to be
// nasty. It is for tests only.
package worlds

import (
	"encoding/json"
	"fmt"

	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Types of every drawn model: subjects, things that nest, and documents.
const (
	User   = "user"
	Group  = "group"
	Folder = "folder"
	Doc    = "doc"
)

// conditionName is the one condition of every drawn model; it is met where the
// context says {"met": true}.
const conditionName = "when"

// Features narrow what is drawn.
type Features struct {
	Conditions  bool // conditions on type restrictions
	Subtraction bool // "but not"
}

// relations of each type, in the order in which computed relations may name
// one another: later ones name earlier ones, so a model has no cycle but
// through tuples. The first ones are plain; parent is a tupleset.
var relations = map[string][]string{
	Group:  {"member", "banned", "active"},
	Folder: {"owner", "viewer", "blocked", "can_see"},
	Doc:    {"owner", "viewer", "blocked", "can_see", "can_read"},
}

var tuplesets = map[string][]string{Folder: {"parent"}, Doc: {"parent", "team"}}

// Model draws a model.
func Model(t *rapid.T, f Features) *authz.Model {
	m := &authz.Model{ID: "drawn", Types: map[string]*authz.Type{
		User: {Name: User, Relations: map[string]*authz.Relation{}},
	}}
	if f.Conditions {
		m.Conditions = map[string]*authz.Condition{
			conditionName: {Name: conditionName, Parameters: map[string]string{"met": "TYPE_NAME_BOOL"}},
		}
	}
	for _, typ := range []string{Group, Folder, Doc} {
		drawType(t, f, m, typ)
	}
	return m
}

func drawType(t *rapid.T, f Features, m *authz.Model, name string) {
	typ := &authz.Type{Name: name, Relations: map[string]*authz.Relation{}}
	m.Types[name] = typ
	for _, relation := range tuplesets[name] {
		typ.Relations[relation] = &authz.Relation{Name: relation, Rewrite: authz.This{}, Direct: parentTypes(t, f, relation)}
	}
	for i, relation := range relations[name] {
		d := drawing{T: t, features: f, typ: name, earlier: relations[name][:i]}
		rewrite := d.rewrite(2)
		r := &authz.Relation{Name: relation, Rewrite: rewrite}
		if d.direct {
			r.Direct = d.restrictions()
		}
		typ.Relations[relation] = r
	}
}

func parentTypes(t *rapid.T, f Features, relation string) []authz.Restriction {
	parents := []authz.Restriction{{Type: Folder}}
	if relation == "team" {
		parents = []authz.Restriction{{Type: Group}, {Type: Folder}}
	}
	if f.Conditions && rapid.Bool().Draw(t, "conditional parent") {
		parents = append(parents, authz.Restriction{Type: Folder, Condition: conditionName})
	}
	return parents
}

// drawing draws one relation.
type drawing struct {
	*rapid.T
	features Features
	typ      string
	earlier  []string
	direct   bool // the rewrite names This
}

func (d *drawing) rewrite(depth int) authz.Rewrite {
	kinds := []string{"this", "this"}
	if len(d.earlier) > 0 {
		kinds = append(kinds, "computed")
	}
	if len(tuplesets[d.typ]) > 0 {
		kinds = append(kinds, "from")
	}
	if depth > 0 {
		kinds = append(kinds, "or", "or", "and")
		if d.features.Subtraction {
			kinds = append(kinds, "but not")
		}
	}
	switch rapid.SampledFrom(kinds).Draw(d.T, "rewrite") {
	case "computed":
		return authz.Computed{Relation: rapid.SampledFrom(d.earlier).Draw(d.T, "computed")}
	case "from":
		return d.from()
	case "or":
		return authz.Union{Children: []authz.Rewrite{d.rewrite(depth - 1), d.rewrite(depth - 1)}}
	case "and":
		return authz.Intersection{Children: []authz.Rewrite{d.rewrite(depth - 1), d.rewrite(depth - 1)}}
	case "but not":
		return authz.Difference{Base: d.rewrite(depth - 1), Subtract: d.rewrite(depth - 1)}
	}
	d.direct = true
	return authz.This{}
}

// from names any relation of a parent, so hierarchies recurse freely.
func (d *drawing) from() authz.Rewrite {
	tupleset := rapid.SampledFrom(tuplesets[d.typ]).Draw(d.T, "tupleset")
	names := relations[Folder]
	if tupleset == "team" {
		names = append(names[:len(names):len(names)], relations[Group]...)
	}
	return authz.TupleToUserset{Tupleset: tupleset, Computed: rapid.SampledFrom(names).Draw(d.T, "from")}
}

func (d *drawing) restrictions() []authz.Restriction {
	all := []authz.Restriction{
		{Type: User}, {Type: User, Wildcard: true}, {Type: Group}, {Type: Group, Wildcard: true},
		{Type: Group, Relation: "member"}, {Type: Group, Relation: "active"},
		{Type: Folder, Relation: "viewer"}, {Type: d.typ, Relation: relations[d.typ][0]},
	}
	if d.features.Conditions {
		for _, r := range all[:5] {
			r.Condition = conditionName
			all = append(all, r)
		}
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, 4, rapid.ID).Draw(d.T, "restrictions")
}

// JSON writes a model as OpenFGA takes it.
func JSON(m *authz.Model) ([]byte, error) {
	doc := map[string]any{"schema_version": "1.1"}
	var types []any
	for _, typ := range m.Types {
		types = append(types, jsonType(typ))
	}
	doc["type_definitions"] = types
	if len(m.Conditions) > 0 {
		doc["conditions"] = map[string]any{conditionName: map[string]any{
			"name": conditionName, "expression": "met",
			"parameters": map[string]any{"met": map[string]any{"type_name": "TYPE_NAME_BOOL"}},
		}}
	}
	encoded, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode the model: %w", err)
	}
	return encoded, nil
}
