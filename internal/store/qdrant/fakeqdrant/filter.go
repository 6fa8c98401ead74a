package fakeqdrant

import (
	"strings"

	qc "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// predicate says whether a point passes a filter or a condition.
type predicate func(*point) bool

func everything(*point) bool { return true }

// compile makes a filter ready. A list of conditions that is empty is one that
// is not there: a filter without conditions holds everywhere.
func (c *collection) compile(f *qc.Filter) (predicate, error) {
	if f == nil {
		return everything, nil
	}
	should, err := c.compileAll(f.GetShould())
	if err != nil {
		return nil, err
	}
	must, err := c.compileAll(f.GetMust())
	if err != nil {
		return nil, err
	}
	mustNot, err := c.compileAll(f.GetMustNot())
	if err != nil {
		return nil, err
	}
	some, err := c.compileAll(f.GetMinShould().GetConditions())
	if err != nil {
		return nil, err
	}
	atLeast := f.GetMinShould().GetMinCount()
	return func(p *point) bool {
		return (len(should) == 0 || count(should, p, 1) == 1) && count(some, p, atLeast) == atLeast &&
			count(must, p, uint64(len(must))) == uint64(len(must)) && count(mustNot, p, 1) == 0
	}, nil
}

func (c *collection) compileAll(conditions []*qc.Condition) ([]predicate, error) {
	predicates := make([]predicate, len(conditions))
	for i, condition := range conditions {
		var err error
		if predicates[i], err = c.compileCondition(condition); err != nil {
			return nil, err
		}
	}
	return predicates, nil
}

// count counts the predicates that hold, and stops at most.
func count(predicates []predicate, p *point, most uint64) uint64 {
	n := uint64(0)
	for _, holds := range predicates {
		if n == most {
			break
		}
		if holds(p) {
			n++
		}
	}
	return n
}

func (c *collection) compileCondition(condition *qc.Condition) (predicate, error) {
	switch one := condition.GetConditionOneOf().(type) {
	case *qc.Condition_Filter:
		return c.compile(one.Filter)
	case *qc.Condition_HasId:
		return hasID(one.HasId.GetHasId())
	case *qc.Condition_HasVector:
		name := one.HasVector.GetHasVector()
		return func(p *point) bool { return p.dense[name] != nil || p.sparse[name] != nil }, nil
	case *qc.Condition_IsEmpty:
		return onPath(one.IsEmpty.GetKey(), func(values []*qc.Value) bool { return allAre(values, isEmpty) })
	case *qc.Condition_IsNull:
		return onPath(one.IsNull.GetKey(), func(values []*qc.Value) bool { return anyIs(values, hasNull) })
	case *qc.Condition_Nested:
		return c.compileNested(one.Nested)
	case *qc.Condition_Field:
		return c.compileField(one.Field)
	}
	return nil, badInput("Malformed Condition type")
}

func hasID(ids []*qc.PointId) (predicate, error) {
	set := map[string]bool{}
	for _, id := range ids {
		key, err := idKey(id)
		if err != nil {
			return nil, err
		}
		set[key] = true
	}
	return func(p *point) bool { return set[p.key] }, nil
}

func onPath(key string, holds func([]*qc.Value) bool) (predicate, error) {
	path, err := parsePath(key)
	return func(p *point) bool { return holds(path.get(p.payload)) }, err
}

// onAnyValue holds where a predicate does for one of the values under a key, or
// for a member of one that is a list.
func onAnyValue(key string, holds func(*qc.Value) bool) (predicate, error) {
	path, err := parsePath(key)
	if len(path) == 1 { // nearly always
		return func(p *point) bool {
			value, found := p.payload[path[0].key]
			return found && each(value, holds)
		}, err
	}
	return func(p *point) bool {
		return anyIs(path.get(p.payload), func(value *qc.Value) bool { return each(value, holds) })
	}, err
}

func allAre(values []*qc.Value, is func(*qc.Value) bool) bool {
	return !anyIs(values, func(v *qc.Value) bool { return !is(v) })
}

func anyIs(values []*qc.Value, is func(*qc.Value) bool) bool {
	for _, value := range values {
		if is(value) {
			return true
		}
	}
	return false
}

func hasNull(value *qc.Value) bool { return each(value, isNull) }

// compileNested holds where one object of a list passes the whole filter.
func (c *collection) compileNested(nested *qc.NestedCondition) (predicate, error) {
	key := nested.GetKey()
	if !strings.HasSuffix(key, "[]") {
		key += "[]"
	}
	path, err := parsePath(key)
	if err != nil {
		return nil, err
	}
	inner, err := (&collection{}).compile(nested.GetFilter())
	return func(p *point) bool {
		return anyIs(path.get(p.payload), func(value *qc.Value) bool {
			object, is := value.GetKind().(*qc.Value_StructValue)
			return is && inner(&point{payload: object.StructValue.GetFields()})
		})
	}, err
}

// compileField joins what is asked of one key: any of it will do.
func (c *collection) compileField(field *qc.FieldCondition) (predicate, error) {
	if field.GeoBoundingBox != nil || field.GeoRadius != nil || field.GeoPolygon != nil || field.DatetimeRange != nil {
		return nil, status.Error(codes.Unimplemented, "the fake compares neither places nor times")
	}
	if field.IsEmpty != nil {
		return onPath(field.GetKey(), func(values []*qc.Value) bool { return allAre(values, isEmpty) == field.GetIsEmpty() })
	}
	if field.IsNull != nil {
		return onPath(field.GetKey(), func(values []*qc.Value) bool { return anyIs(values, hasNull) == field.GetIsNull() })
	}
	if field.ValuesCount != nil {
		return onPath(field.GetKey(), func(values []*qc.Value) bool {
			return anyIs(values, func(v *qc.Value) bool { return inCount(field.GetValuesCount(), v) })
		})
	}
	if index := c.indexes[field.GetKey()].GetTextIndexParams(); index != nil {
		if holds, is := textCondition(field, index); is {
			return holds, nil
		}
	}
	matches, err := matcher(field.GetMatch())
	if err != nil {
		return nil, err
	}
	if field.Match == nil && field.Range == nil {
		return nil, badInput("At least one field condition must be specified")
	}
	if r := field.GetRange(); r != nil {
		return onAnyValue(field.GetKey(), func(one *qc.Value) bool { return matches(one) || inRange(r, one) })
	}
	return onAnyValue(field.GetKey(), matches)
}

func inRange(r *qc.Range, value *qc.Value) bool {
	n, is := asFloat(value)
	return r != nil && is && (r.Lt == nil || n < *r.Lt) && (r.Gt == nil || n > *r.Gt) && (r.Lte == nil || n <= *r.Lte) && (r.Gte == nil || n >= *r.Gte)
}

func inCount(c *qc.ValuesCount, value *qc.Value) bool {
	n := uint64(1)
	if list, is := value.GetKind().(*qc.Value_ListValue); is {
		n = uint64(len(list.ListValue.GetValues()))
	} else if isNull(value) {
		n = 0
	}
	return (c.Lt == nil || n < *c.Lt) && (c.Gt == nil || n > *c.Gt) && (c.Lte == nil || n <= *c.Lte) && (c.Gte == nil || n >= *c.Gte)
}
