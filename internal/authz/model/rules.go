package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// rules checks what a model means, after its syntax was found right.
type rules struct {
	model    *authz.Model
	lines    locations
	problems Problems
	current  string // "type#relation" that is being checked
}

func (r *rules) checkAll() {
	for _, name := range sorted(r.model.Types) {
		if reserved(name) {
			r.add(r.lines.types[name], "type %q: the name is reserved", name)
		}
		typ := r.model.Types[name]
		for _, relation := range sorted(typ.Relations) {
			r.current = name + "#" + relation
			if reserved(relation) {
				r.problem("the name is reserved")
			}
			r.checkDirect(typ.Relations[relation])
			r.checkRewrite(typ, typ.Relations[relation].Rewrite)
		}
	}
	if len(r.problems) == 0 {
		r.checkReachable()
	}
}

func reserved(name string) bool { return name == "self" || name == "this" }

func (r *rules) add(line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{Line: line, Text: fmt.Sprintf(format, args...)})
}

func (r *rules) problem(format string, args ...any) {
	r.add(r.lines.relations[r.current], "relation %s: %s", r.current, fmt.Sprintf(format, args...))
}

// checkDirect checks what stands in the brackets.
func (r *rules) checkDirect(relation *authz.Relation) {
	for _, restriction := range relation.Direct {
		typ, known := r.model.Types[restriction.Type]
		if !known {
			r.problem("[%s]: there is no type %q; there is %s", restriction, restriction.Type, list(r.model.Types))
			continue
		}
		if restriction.Relation != "" && typ.Relations[restriction.Relation] == nil {
			r.problem("[%s]: type %s has no relation %q; it has %s", restriction, typ.Name, restriction.Relation, list(typ.Relations))
		}
		if restriction.Condition != "" && r.model.Conditions[restriction.Condition] == nil {
			r.problem("[%s]: there is no condition %q; there is %s", restriction, restriction.Condition, list(r.model.Conditions))
		}
	}
}

func (r *rules) checkRewrite(typ *authz.Type, rewrite authz.Rewrite) {
	switch rewrite := rewrite.(type) {
	case authz.Computed:
		if typ.Relations[rewrite.Relation] == nil {
			r.problem("%q: type %s has no such relation; it has %s", rewrite.Relation, typ.Name, list(typ.Relations))
		}
	case authz.TupleToUserset:
		r.checkFrom(typ, rewrite)
	case authz.Union:
		for _, child := range rewrite.Children {
			r.checkRewrite(typ, child)
		}
	case authz.Intersection:
		for _, child := range rewrite.Children {
			r.checkRewrite(typ, child)
		}
	case authz.Difference:
		r.checkRewrite(typ, rewrite.Base)
		r.checkRewrite(typ, rewrite.Subtract)
	}
}

// checkFrom checks "computed from tupleset": the tupleset has to point at plain
// objects, written directly, and one of their types has to have the relation.
func (r *rules) checkFrom(typ *authz.Type, from authz.TupleToUserset) {
	what := fmt.Sprintf("%q", from.Computed+" from "+from.Tupleset)
	tupleset := typ.Relations[from.Tupleset]
	if tupleset == nil {
		r.problem("%s: type %s has no relation %q; it has %s", what, typ.Name, from.Tupleset, list(typ.Relations))
		return
	}
	if tupleset.Rewrite != (authz.This{}) {
		r.problem("%s: %s must be written directly, in brackets and nothing else", what, from.Tupleset)
		return
	}
	var types []string
	for _, restriction := range tupleset.Direct {
		if restriction.Wildcard || restriction.Relation != "" {
			r.problem("%s: %s must point at objects, but may be %s", what, from.Tupleset, restriction)
			return
		}
		if target := r.model.Types[restriction.Type]; target != nil && target.Relations[from.Computed] != nil {
			return
		}
		types = append(types, restriction.Type)
	}
	r.problem("%s: %s has no relation %q", what, strings.Join(types, ", "), from.Computed)
}

// checkReachable finds relations that nobody can ever have, since they rest on
// nothing but themselves or each other: a mistake, and one that OpenFGA refuses.
func (r *rules) checkReachable() {
	reached := map[string]bool{}
	for grew := true; grew; {
		grew = false
		for _, typ := range r.model.Types {
			for _, relation := range typ.Relations {
				name := typ.Name + "#" + relation.Name
				if !reached[name] && r.reachable(typ, relation, relation.Rewrite, reached) {
					reached[name], grew = true, true
				}
			}
		}
	}
	for _, typ := range sorted(r.model.Types) {
		for _, relation := range sorted(r.model.Types[typ].Relations) {
			if r.current = typ + "#" + relation; !reached[r.current] {
				r.problem("nobody can ever have it: it rests on itself alone")
			}
		}
	}
}

func (r *rules) reachable(typ *authz.Type, relation *authz.Relation, rewrite authz.Rewrite, reached map[string]bool) bool {
	child := func(child authz.Rewrite) bool { return r.reachable(typ, relation, child, reached) }
	switch rewrite := rewrite.(type) {
	case authz.This:
		return slices.ContainsFunc(relation.Direct, func(d authz.Restriction) bool {
			return d.Relation == "" || reached[d.Type+"#"+d.Relation]
		})
	case authz.Computed:
		return reached[typ.Name+"#"+rewrite.Relation]
	case authz.TupleToUserset:
		return slices.ContainsFunc(typ.Relations[rewrite.Tupleset].Direct, func(d authz.Restriction) bool {
			return reached[d.Type+"#"+rewrite.Computed]
		})
	case authz.Union:
		return slices.ContainsFunc(rewrite.Children, child)
	case authz.Intersection:
		return !slices.ContainsFunc(rewrite.Children, func(c authz.Rewrite) bool { return !child(c) })
	case authz.Difference:
		return child(rewrite.Base) && child(rewrite.Subtract)
	}
	return false
}

func sorted[V any](named map[string]V) []string { return slices.Sorted(maps.Keys(named)) }

func list[V any](named map[string]V) string {
	if len(named) == 0 {
		return "none"
	}
	return strings.Join(sorted(named), ", ")
}
