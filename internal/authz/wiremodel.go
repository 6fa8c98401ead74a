package authz

import (
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
)

// wireModel and what follows are a model as OpenFGA's HTTP API gives it
// (openfga/api, authorization_model.proto), without what no decision needs: the
// modules and files that a model of schema 1.2 was put together from.
type wireModel struct {
	ID         string                   `json:"id"`
	Schema     string                   `json:"schema_version"`
	Types      []wireType               `json:"type_definitions"`
	Conditions map[string]wireCondition `json:"conditions"`
}

type wireType struct {
	Type      string                 `json:"type"`
	Relations map[string]wireUserset `json:"relations"`
	Metadata  *struct {
		Relations map[string]struct {
			Direct []wireReference `json:"directly_related_user_types"`
		} `json:"relations"`
	} `json:"metadata"`
}

type wireReference struct {
	Type      string    `json:"type"`
	Relation  string    `json:"relation"`
	Wildcard  *struct{} `json:"wildcard"`
	Condition string    `json:"condition"`
}

type wireCondition struct {
	Name       string                   `json:"name"`
	Parameters map[string]wireParameter `json:"parameters"`
	Expression string                   `json:"expression"`
}

type wireParameter struct {
	Type string `json:"type_name"`
}

type wireUserset struct {
	This         *struct{}     `json:"this"`
	Computed     *wireRelation `json:"computedUserset"`
	From         *wireFrom     `json:"tupleToUserset"`
	Union        *wireChildren `json:"union"`
	Intersection *wireChildren `json:"intersection"`
	Difference   *struct {
		Base     *wireUserset `json:"base"`
		Subtract *wireUserset `json:"subtract"`
	} `json:"difference"`
}

type wireRelation struct {
	Relation string `json:"relation"`
}

type wireFrom struct {
	Tupleset wireRelation `json:"tupleset"`
	Computed wireRelation `json:"computedUserset"`
}

type wireChildren struct {
	Child []wireUserset `json:"child"`
}

func (w wireModel) model() (*Model, error) {
	if w.Schema != "1.1" && w.Schema != "1.2" {
		return nil, eyeshot.Invalid("schema version", w.Schema, "must be 1.1 or 1.2")
	}
	model := &Model{ID: w.ID, Types: make(map[string]*Type, len(w.Types)), Conditions: make(map[string]*Condition, len(w.Conditions))}
	for _, wire := range w.Types {
		typ, err := wire.typ()
		if err != nil {
			return nil, err
		}
		model.Types[typ.Name] = typ
	}
	for name, wire := range w.Conditions {
		condition := &Condition{Name: name, Parameters: make(map[string]string, len(wire.Parameters)), Expression: wire.Expression}
		for parameter, reference := range wire.Parameters {
			condition.Parameters[parameter] = reference.Type
		}
		model.Conditions[name] = condition
	}
	return model, nil
}

func (w wireType) typ() (*Type, error) {
	typ := &Type{Name: w.Type, Relations: make(map[string]*Relation, len(w.Relations))}
	for name, wire := range w.Relations {
		rewrite, err := wire.rewrite()
		if err != nil {
			return nil, fmt.Errorf("relation %s#%s: %w", w.Type, name, err)
		}
		relation := &Relation{Name: name, Rewrite: rewrite}
		if w.Metadata != nil {
			for _, reference := range w.Metadata.Relations[name].Direct {
				relation.Direct = append(relation.Direct, Restriction{
					Type: reference.Type, Relation: reference.Relation,
					Wildcard: reference.Wildcard != nil, Condition: reference.Condition,
				})
			}
		}
		typ.Relations[name] = relation
	}
	return typ, nil
}

// rewrite turns one node around. A node of no known kind, or of two, is an
// error: leaving it out could turn "a but not b" into "a".
func (w *wireUserset) rewrite() (Rewrite, error) {
	var found []Rewrite
	var err error
	add := func(rewrite Rewrite, failed error) {
		found = append(found, rewrite)
		if err == nil {
			err = failed
		}
	}
	if w.This != nil {
		add(This{}, nil)
	}
	if w.Computed != nil {
		add(Computed{Relation: w.Computed.Relation}, nil)
	}
	if w.From != nil {
		add(TupleToUserset{Tupleset: w.From.Tupleset.Relation, Computed: w.From.Computed.Relation}, nil)
	}
	if w.Union != nil {
		children, failed := w.Union.rewrites()
		add(Union{Children: children}, failed)
	}
	if w.Intersection != nil {
		children, failed := w.Intersection.rewrites()
		add(Intersection{Children: children}, failed)
	}
	if w.Difference != nil {
		add(w.difference())
	}
	if err == nil && len(found) != 1 {
		err = eyeshot.Invalid("rewrite", fmt.Sprint(len(found)), "kinds in one node: there must be exactly one that is known")
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func (w *wireChildren) rewrites() ([]Rewrite, error) {
	if len(w.Child) == 0 {
		return nil, eyeshot.Invalid("rewrite", "", "is a union or intersection of nothing")
	}
	rewrites := make([]Rewrite, len(w.Child))
	for i := range w.Child {
		var err error
		if rewrites[i], err = w.Child[i].rewrite(); err != nil {
			return nil, err
		}
	}
	return rewrites, nil
}

func (w *wireUserset) difference() (Rewrite, error) {
	if w.Difference.Base == nil || w.Difference.Subtract == nil {
		return nil, eyeshot.Invalid("rewrite", "difference", "must have a base and a subtract")
	}
	base, err := w.Difference.Base.rewrite()
	if err != nil {
		return nil, err
	}
	subtract, err := w.Difference.Subtract.rewrite()
	if err != nil {
		return nil, err
	}
	return Difference{Base: base, Subtract: subtract}, nil
}
