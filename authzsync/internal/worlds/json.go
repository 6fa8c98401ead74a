package worlds

import "github.com/eyeshot-dev/eyeshot/internal/authz"

type object = map[string]any

func jsonType(typ *authz.Type) object {
	relations, metadata := object{}, object{}
	for name, r := range typ.Relations {
		relations[name] = jsonRewrite(r.Rewrite)
		metadata[name] = object{"directly_related_user_types": jsonRestrictions(r.Direct)}
	}
	return object{"type": typ.Name, "relations": relations, "metadata": object{"relations": metadata}}
}

func jsonRestrictions(restrictions []authz.Restriction) []object {
	all := []object{}
	for _, r := range restrictions {
		one := object{"type": r.Type}
		if r.Relation != "" {
			one["relation"] = r.Relation
		}
		if r.Wildcard {
			one["wildcard"] = object{}
		}
		if r.Condition != "" {
			one["condition"] = r.Condition
		}
		all = append(all, one)
	}
	return all
}

func jsonRewrite(r authz.Rewrite) object {
	switch r := r.(type) {
	case authz.Computed:
		return object{"computedUserset": object{"relation": r.Relation}}
	case authz.TupleToUserset:
		return object{"tupleToUserset": object{
			"tupleset": object{"relation": r.Tupleset}, "computedUserset": object{"relation": r.Computed},
		}}
	case authz.Union:
		return object{"union": jsonChildren(r.Children)}
	case authz.Intersection:
		return object{"intersection": jsonChildren(r.Children)}
	case authz.Difference:
		return object{"difference": object{"base": jsonRewrite(r.Base), "subtract": jsonRewrite(r.Subtract)}}
	}
	return object{"this": object{}}
}

func jsonChildren(rewrites []authz.Rewrite) object {
	children := make([]object, len(rewrites))
	for i, r := range rewrites {
		children[i] = jsonRewrite(r)
	}
	return object{"child": children}
}
