package fakeqdrant_test

import (
	"slices"
	"strconv"
	"testing"

	qc "github.com/qdrant/go-client/qdrant"
	"github.com/stretchr/testify/require"
)

func all(conditions ...*qc.Condition) *qc.Filter { return &qc.Filter{Must: conditions} }

// filterWorld is the points that filters are tried on, by their number.
func filterWorld(t *testing.T) *world {
	w := newWorld(t)
	w.index("words", qc.NewPayloadIndexParamsText(&qc.TextIndexParams{Tokenizer: qc.TokenizerType_Whitespace, Lowercase: qc.PtrOf(false)}))
	for id, payload := range []map[string]any{
		0: {"color": "red", "price": 499.9, "amount": 10, "rating": []any{3, 7, 9, 9}, "delivery": true, "words": "alpha beta Gamma", "plain": "one two"},
		1: {"color": []any{"red", "green"}, "price": 10, "amount": 1.0, "parts": []any{}, "packaging": nil, "words": []any{"beta", "delta"}},
		2: {"color": "blue", "size": map[string]any{"w": 3, "h": 4}, "tags": []any{nil, "x"}},
		3: {"people": []any{map[string]any{"name": "ann", "age": 30}, map[string]any{"name": "bob", "age": 20}}, "a.b": "dotted"},
		4: {},
	} {
		w.upsert(&qc.PointStruct{Id: qc.NewIDNum(uint64(id)), Payload: qc.NewValueMap(payload), Vectors: qc.NewVectorsMap(nil)})
	}
	w.upsert(&qc.PointStruct{Id: qc.NewIDNum(5), Vectors: qc.NewVectorsMap(map[string]*qc.Vector{"dense": qc.NewVector(1, 0)})})
	return w
}

// TestFiltersMeanWhatQdrantsDocumentationSays: concepts/filtering, and the tests
// beside Qdrant's query_checker.rs.
func TestFiltersMeanWhatQdrantsDocumentationSays(t *testing.T) {
	w := filterWorld(t)
	red := qc.NewMatchKeyword("color", "red")
	for name, c := range map[string]struct {
		filter *qc.Filter
		want   []uint64
	}{
		"no filter":                              {nil, []uint64{0, 1, 2, 3, 4, 5}},
		"a filter without conditions":            {&qc.Filter{}, []uint64{0, 1, 2, 3, 4, 5}},
		"match":                                  {all(red), []uint64{0, 1}},
		"a list matches by any member":           {all(qc.NewMatchKeyword("color", "green")), []uint64{1}},
		"must is all":                            {all(red, qc.NewMatchBool("delivery", true)), []uint64{0}},
		"should is any":                          {&qc.Filter{Should: []*qc.Condition{red, qc.NewMatchKeyword("color", "blue")}}, []uint64{0, 1, 2}},
		"must_not is none":                       {&qc.Filter{MustNot: []*qc.Condition{red, qc.NewHasID(qc.NewIDNum(5))}}, []uint64{2, 3, 4}},
		"all clauses together":                   {&qc.Filter{Should: []*qc.Condition{red}, Must: []*qc.Condition{qc.NewMatchKeywords("color", "red", "blue")}, MustNot: []*qc.Condition{qc.NewHasID(qc.NewIDNum(1))}}, []uint64{0}},
		"min_should":                             {&qc.Filter{MinShould: &qc.MinShould{MinCount: 2, Conditions: []*qc.Condition{red, qc.NewMatchBool("delivery", true), qc.NewMatchInt("amount", 10)}}}, []uint64{0}},
		"a filter within":                        {all(qc.NewFilterAsCondition(&qc.Filter{MustNot: []*qc.Condition{red}}), qc.NewIsEmpty("people")), []uint64{2, 4, 5}},
		"match any":                              {all(qc.NewMatchKeywords("color", "green", "blue")), []uint64{1, 2}},
		"match any of nothing":                   {all(qc.NewMatchKeywords("color")), nil},
		"match any of integers":                  {all(qc.NewMatchInts("rating", 1, 9)), []uint64{0}},
		"except wants a value":                   {all(qc.NewMatchExceptKeywords("color", "red")), []uint64{1, 2}},
		"an integer is matched by an integer":    {all(qc.NewMatchInt("amount", 10)), []uint64{0}},
		"1.0 is no integer":                      {all(qc.NewMatchInt("amount", 1)), nil},
		"types must be the same":                 {all(qc.NewMatchKeyword("amount", "10")), nil},
		"ranges take fractions and integers":     {all(qc.NewRange("price", &qc.Range{Gte: qc.PtrOf(10.0), Lt: qc.PtrOf(500.0)})), []uint64{0, 1}},
		"a range of a list holds for a member":   {all(qc.NewRange("rating", &qc.Range{Gt: qc.PtrOf(8.0)})), []uint64{0}},
		"a range of a text holds nowhere":        {all(qc.NewRange("color", &qc.Range{Gt: qc.PtrOf(-1.0)})), nil},
		"a missing key is in no range":           {all(qc.NewRange("missing", &qc.Range{Lt: qc.PtrOf(1.0)})), nil},
		"has_id":                                 {all(qc.NewHasID(qc.NewIDNum(1), qc.NewIDNum(4), qc.NewIDNum(9))), []uint64{1, 4}},
		"has_id of nothing":                      {all(qc.NewHasID()), nil},
		"has_vector":                             {all(qc.NewHasVector("dense")), []uint64{5}},
		"is_empty: missing, null or no members":  {all(qc.NewIsEmpty("parts"), qc.NewIsEmpty("packaging")), []uint64{0, 1, 2, 3, 4, 5}},
		"is_empty of a list of null is not":      {all(qc.NewIsEmpty("tags")), []uint64{0, 1, 3, 4, 5}},
		"is_null wants a key":                    {all(qc.NewIsNull("packaging")), []uint64{1}},
		"is_null holds for a list with a null":   {all(qc.NewIsNull("tags")), []uint64{2}},
		"values_count":                           {all(qc.NewValuesCount("rating", &qc.ValuesCount{Gte: qc.PtrOf(uint64(4))})), []uint64{0}},
		"a key within":                           {all(qc.NewRange("size.h", &qc.Range{Gt: qc.PtrOf(3.0)})), []uint64{2}},
		"a path through all members":             {all(qc.NewMatchKeyword("people[].name", "bob")), []uint64{3}},
		"a path to one member":                   {all(qc.NewMatchKeyword("people[0].name", "bob")), nil},
		"a path stops at a list":                 {all(qc.NewMatchKeyword("people.name", "bob")), nil},
		"a quoted key":                           {all(qc.NewMatchKeyword(`"a.b"`, "dotted")), []uint64{3}},
		"without nested, members mix":            {all(qc.NewMatchKeyword("people[].name", "ann"), qc.NewMatchInt("people[].age", 20)), []uint64{3}},
		"nested holds for one member":            {all(qc.NewNestedFilter("people", all(qc.NewMatchKeyword("name", "ann"), qc.NewMatchInt("age", 20)))), nil},
		"nested with the member that it is":      {all(qc.NewNestedFilter("people[]", all(qc.NewMatchKeyword("name", "ann"), qc.NewMatchInt("age", 30)))), []uint64{3}},
		"text with an index is by tokens":        {all(qc.NewMatchText("words", "beta alpha")), []uint64{0}},
		"text with an index is of whole tokens":  {all(qc.NewMatchText("words", "alp")), nil},
		"the index may mind the case":            {all(qc.NewMatchText("words", "gamma")), nil},
		"text of no tokens matches nothing":      {all(qc.NewMatchText("words", "  ")), nil},
		"any text with an index":                 {all(qc.NewMatchTextAny("words", "delta alpha")), []uint64{0, 1}},
		"text without an index is a part of one": {all(qc.NewMatchText("plain", "e tw")), []uint64{0}},
	} {
		require.Equal(t, c.want, w.ids(c.filter), name)
	}
}

// ids are the numbers of the points that pass a filter, page by page.
func (w *world) ids(filter *qc.Filter) []uint64 {
	w.Helper()
	var ids []uint64
	for offset := (*qc.PointId)(nil); ; {
		reply, err := w.points.Scroll(w.Context(), &qc.ScrollPoints{CollectionName: w.name, Filter: filter, Offset: offset, Limit: qc.PtrOf(uint32(2))})
		require.NoError(w, err)
		for _, point := range reply.GetResult() {
			ids = append(ids, point.GetId().GetNum())
		}
		if offset = reply.GetNextPageOffset(); offset == nil {
			break
		}
	}
	require.True(w, slices.IsSorted(ids))
	reply, err := w.points.Count(w.Context(), &qc.CountPoints{CollectionName: w.name, Filter: filter, Exact: qc.PtrOf(true)})
	require.NoError(w, err)
	require.Equal(w, strconv.Itoa(len(ids)), strconv.Itoa(int(reply.GetResult().GetCount())))
	return ids
}
