package fakeqdrant

import (
	"fmt"

	qc "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// tooMuch is how strict mode refuses.
func tooMuch(format string, arguments ...any) error {
	return status.Errorf(codes.InvalidArgument, "Bad request: "+format, arguments...)
}

func (c *collection) allowsLimit(limit uint64) error {
	if most := c.strict.GetMaxQueryLimit(); most > 0 && limit > uint64(most) {
		return tooMuch("Limit exceeded %d > %d for \"limit\". Help: Reduce the \"limit\" parameter to or below %d.", limit, most, most)
	}
	return nil
}

func (c *collection) allowsUpsert(points int) error {
	if most := c.strict.GetUpsertMaxBatchsize(); most > 0 && uint64(points) > most {
		return tooMuch("Limit exceeded %d > %d for \"upsert limit\". Help: Reduce the \"upsert limit\" parameter to or below %d.", points, most, most)
	}
	return nil
}

func (c *collection) allowsSearch(limit uint64, params *qc.SearchParams) error {
	if err := c.allowsLimit(limit); err != nil {
		return err
	}
	if c.strict != nil && c.strict.SearchAllowExact != nil && !c.strict.GetSearchAllowExact() && params.GetExact() {
		return tooMuch("Exact search disabled! Help: Set exact=false.")
	}
	if most := c.strict.GetSearchMaxHnswEf(); most > 0 && params.GetHnswEf() > uint64(most) {
		return tooMuch("Limit exceeded %d > %d for \"hnsw_ef\". Help: Reduce the \"hnsw_ef\" parameter to or below %d.", params.GetHnswEf(), most, most)
	}
	if most := c.strict.GetSearchMaxOversampling(); most > 0 && params.GetQuantization().GetOversampling() > float64(most) {
		return tooMuch("Limit exceeded %g > %g for \"oversampling\".", params.GetQuantization().GetOversampling(), most)
	}
	return nil
}

func (c *collection) allowsRead(f *qc.Filter) error {
	return c.allowsFilter(f, c.strict != nil && c.strict.UnindexedFilteringRetrieve != nil && !c.strict.GetUnindexedFilteringRetrieve())
}

func (c *collection) allowsUpdate(f *qc.Filter) error {
	return c.allowsFilter(f, c.strict != nil && c.strict.UnindexedFilteringUpdate != nil && !c.strict.GetUnindexedFilteringUpdate())
}

func (c *collection) allowsFilter(f *qc.Filter, indexed bool) error {
	if c.strict == nil || f == nil {
		return nil
	}
	conditions := flat(f)
	if most := c.strict.GetFilterMaxConditions(); most > 0 && uint64(len(conditions)) > most {
		return tooMuch("Filter condition limit reached (%d > %d). Help: Reduce the amount of conditions of your filter.", len(conditions), most)
	}
	for _, condition := range conditions {
		if size, most := inputSize(condition), c.strict.GetConditionMaxSize(); most > 0 && size > most {
			return tooMuch("Condition size limit reached (%d > %d). Help: Reduce the size of your condition.", size, most)
		}
		if key := condition.GetField().GetKey(); indexed && key != "" && !c.serves(condition.GetField()) {
			return tooMuch("Index required but not found for %q of one of the following types: [%s]. Help: Create an index for this key or use a different filter.", key, wantedTypes(condition.GetField()))
		}
	}
	return nil
}

// flat lists the conditions of a filter and of those within it.
func flat(f *qc.Filter) []*qc.Condition {
	var all []*qc.Condition
	for _, list := range [][]*qc.Condition{f.GetShould(), f.GetMust(), f.GetMustNot(), f.GetMinShould().GetConditions()} {
		for _, condition := range list {
			if inner := condition.GetFilter(); inner != nil {
				all = append(all, flat(inner)...)
				continue
			}
			all = append(all, condition)
		}
	}
	return all
}

// inputSize is how many values a condition brings.
func inputSize(condition *qc.Condition) uint64 {
	match := condition.GetField().GetMatch()
	return uint64(max(len(condition.GetHasId().GetHasId()), len(match.GetKeywords().GetStrings()), len(match.GetIntegers().GetIntegers()),
		len(match.GetExceptKeywords().GetStrings()), len(match.GetExceptIntegers().GetIntegers())))
}

// serves says whether an index of the key can answer a condition.
func (c *collection) serves(field *qc.FieldCondition) bool {
	params := c.indexes[field.GetKey()]
	integer := params.GetIntegerIndexParams()
	if field.GetRange() != nil {
		return params.GetFloatIndexParams() != nil || integer != nil && (integer.Range == nil || integer.GetRange())
	}
	switch field.GetMatch().GetMatchValue().(type) {
	case nil:
		return params != nil
	case *qc.Match_Keyword, *qc.Match_Keywords, *qc.Match_ExceptKeywords:
		return params.GetKeywordIndexParams() != nil || params.GetUuidIndexParams() != nil
	case *qc.Match_Integer, *qc.Match_Integers, *qc.Match_ExceptIntegers:
		return integer != nil && (integer.Lookup == nil || integer.GetLookup())
	case *qc.Match_Boolean:
		return params.GetBoolIndexParams() != nil
	}
	return params.GetTextIndexParams() != nil
}

func wantedTypes(field *qc.FieldCondition) string {
	if field.GetRange() != nil {
		return "float, integer"
	}
	switch field.GetMatch().GetMatchValue().(type) {
	case *qc.Match_Keyword, *qc.Match_Keywords, *qc.Match_ExceptKeywords:
		return "keyword, uuid"
	case *qc.Match_Integer, *qc.Match_Integers, *qc.Match_ExceptIntegers:
		return "integer"
	}
	return fmt.Sprintf("%T", field.GetMatch().GetMatchValue())
}
