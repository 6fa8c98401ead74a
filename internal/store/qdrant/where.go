package qdrant

import (
	"sort"
	"time"

	qc "github.com/qdrant/go-client/qdrant"

	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// where is a metadata filter in Qdrant's terms.
type where struct {
	// condition holds wherever the filter does; nil holds everywhere.
	condition *qc.Condition
	// rest is the filter itself where the condition holds in more places than it:
	// Qdrant can't compare texts. Hits are then held against it one by one.
	rest store.Expr
}

// whereOf translates a filter, to mean exactly what [store.Match] says.
func whereOf(l limits, expr store.Expr) where {
	condition, exact := l.translate(expr)
	if exact {
		return where{condition: condition}
	}
	return where{condition: condition, rest: expr}
}

// translate gives a condition that holds wherever the expression does, and says
// whether it holds nowhere else. There is no negation above a comparison, so the
// parts of an expression may each hold in too many places.
func (l limits) translate(expr store.Expr) (condition *qc.Condition, exact bool) {
	switch e := expr.(type) {
	case nil:
		return nil, true
	case store.And:
		return l.and(e.Parts)
	case store.Or:
		return l.or(e.Parts)
	case store.Compare:
		return l.compare(e)
	}
	return nothing(), true // as store.Match has it
}

func (l limits) and(parts []store.Expr) (*qc.Condition, bool) {
	all, exact := &qc.Filter{}, true
	for _, part := range parts {
		condition, partly := l.translate(part)
		exact = exact && partly
		if condition != nil {
			all.Must = append(all.Must, condition)
		}
	}
	if len(all.Must) == 0 {
		return nil, exact
	}
	return qc.NewFilterAsCondition(all), exact
}

func (l limits) or(parts []store.Expr) (*qc.Condition, bool) {
	var conditions []*qc.Condition
	exact, everywhere := true, false
	for _, part := range parts {
		condition, partly := l.translate(part)
		exact, everywhere = exact && partly, everywhere || condition == nil
		conditions = append(conditions, condition)
	}
	if everywhere {
		return nil, exact
	}
	return or(conditions...), exact
}

func (l limits) compare(c store.Compare) (*qc.Condition, bool) {
	switch c.Op {
	case store.Eq, store.Ne:
		return l.hasOne(c.Key, []any{c.Value}, c.Op == store.Ne), true
	case store.In, store.Nin:
		values, _ := c.Value.([]any)
		return l.hasOne(c.Key, values, c.Op == store.Nin), true
	case store.Gt, store.Gte, store.Lt, store.Lte:
		return l.order(c)
	}
	return nothing(), true
}

// hasOne holds where the key has one of the values or, negated, where it has
// none of them.
func (l limits) hasOne(key string, values []any, negated bool) *qc.Condition {
	var facts []string
	for _, value := range values {
		if f, ok := valueFact(key, value); ok {
			facts = append(facts, f)
		}
	}
	switch {
	case !negated:
		return or(anyOf(l, keyFacts, facts)...)
	case len(facts) == 0:
		return nil
	}
	return not(or(anyOf(l, keyFacts, facts)...))
}

// order compares numbers with numbers and texts with texts.
func (l limits) order(c store.Compare) (*qc.Condition, bool) {
	builtIn := c.Key == store.KeyType || c.Key == store.KeySource || c.Key == store.KeyUpdatedAt
	switch value := c.Value.(type) {
	case float64:
		if builtIn { // they are texts
			return nothing(), true
		}
		if path := numberPath(c.Key); l.indexed == nil || l.indexed[path] {
			return qc.NewRange(path, rangeOf(c.Op, value)), true
		}
		return qc.NewMatchKeyword(keyFacts, kindFact(c.Key, kindNumber)), false
	case string:
		if c.Key == store.KeyUpdatedAt {
			return updatedAt(c.Op, value), true
		}
		return qc.NewMatchKeyword(keyFacts, kindFact(c.Key, kindText)), false
	}
	return nothing(), true
}

func rangeOf(op store.Op, value float64) *qc.Range {
	switch op {
	case store.Gt:
		return &qc.Range{Gt: &value}
	case store.Gte:
		return &qc.Range{Gte: &value}
	case store.Lt:
		return &qc.Range{Lt: &value}
	}
	return &qc.Range{Lte: &value}
}

// updatedAt compares times as the texts that they are written as. Since these
// sort as times do, the times on one side of any text lie on one side of some
// second.
func updatedAt(op store.Op, value string) *qc.Condition {
	first := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	seconds := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix() - first + 1
	above := op == store.Gt || op == store.Gte
	border := first + int64(sort.Search(int(seconds), func(i int) bool {
		written := time.Unix(first+int64(i), 0).UTC().Format(store.UpdatedAtLayout)
		return written > value || written == value && (op == store.Gte || op == store.Lt)
	}))
	if above {
		return qc.NewRange(keyUpdated, &qc.Range{Gte: number(border)})
	}
	return qc.NewRange(keyUpdated, &qc.Range{Lt: number(border)})
}
