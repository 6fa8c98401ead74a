package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func whereTests() []test {
	return []test{
		{"EveryOperatorMeansTheSameForEveryKindOfValueAndForMissingKeys", everyComparison},
		{"AndOrAndNestingMeanTheSame", nesting},
		{"RandomFiltersMeanTheSame", randomFilters},
		{"TypeSourceAndTimeAreKeysOfEveryDocument", builtInKeys},
		{"AFilterFollowsTheDocument", func(h *harness) {
			record := document("ticket:a/1", along(1))
			record.Metadata = map[string]any{"state": "open"}
			h.upsert(record)
			open := store.Compare{Key: "state", Op: store.Eq, Value: "open"}
			require.Len(h, h.where(open), 1)
			record.Metadata = map[string]any{"state": "closed"}
			h.upsert(record)
			require.Empty(h, h.where(open))
			require.Len(h, h.where(store.Compare{Key: "state", Op: store.Ne, Value: "open"}), 1)
		}},
	}
}

// where returns the documents that a filter lets through, from both lists.
func (h *harness) where(expr store.Expr) []eyeshot.Object {
	h.Helper()
	lists := h.search(store.Query{Vector: vector(1), Text: "text", Access: everything(), Where: expr})
	semantic, keyword := h.drain(lists.Semantic, 50), h.drain(lists.Keyword, 50)
	require.ElementsMatch(h, refs(semantic), refs(keyword), "both lists are filtered alike")
	found := objects(semantic)
	slices.Sort(found)
	return found
}

// metadataWorld holds documents with every kind of value under the same keys,
// and with none.
func metadataWorld() []store.Record {
	values := []any{
		"", "a", "b", "A", "é", "10", "9", "true", "2026-01-02T15:04:05Z", "2026-01-02",
		0.0, 1.0, -1.5, 10.0, 9.0, 1e-9, true, false,
		[]string{}, []string{"a"}, []string{"b", "a"}, []string{"ab"}, []string{"a,b"}, []string{"", "10"},
	}
	records := []store.Record{document("ticket:w/none", along(1), along(1)), document("doc:w/other", along(1))}
	records[1].Metadata = map[string]any{"unrelated": "x"}
	for i, value := range values {
		record := document(numbered(i), along(1))
		record.Metadata = map[string]any{"k": value, "n": float64(i % 3)}
		records = append(records, record)
	}
	return records
}

func operators() []store.Op {
	return []store.Op{store.Eq, store.Ne, store.Gt, store.Gte, store.Lt, store.Lte, store.In, store.Nin}
}

func compareValues() []any {
	return []any{"", "a", "b", "B", "é", "9", "true", "2026-01-02T15:04:05Z", 0.0, 1.0, -1.5, 9.5, true, false}
}

// sameAsMatch checks that a filter lets through what [store.Match] says.
func sameAsMatch(h *harness, world []store.Record, expr store.Expr) {
	h.Helper()
	var want []eyeshot.Object
	for _, record := range world {
		if store.Match(expr, record.Value) {
			want = append(want, record.Object)
		}
	}
	slices.Sort(want)
	require.Equal(h, want, h.where(expr), "%v", expr)
}

func everyComparison(h *harness) {
	world := metadataWorld()
	h.upsert(world...)
	n := 0
	for _, op := range operators() {
		values := compareValues()
		if op == store.In || op == store.Nin {
			values = []any{[]any{}, []any{"a"}, []any{"a", "b", 1.0}, []any{true, 10.0, "10"}, []any{"missing"}}
		}
		for _, value := range values {
			for _, key := range []string{"k", "n", "missing", "unrelated"} {
				if n++; n%oneComparisonIn == 0 {
					sameAsMatch(h, world, store.Compare{Key: key, Op: op, Value: value})
				}
			}
		}
	}
	sameAsMatch(h, world, store.Compare{Key: "k", Op: "unknown", Value: "a"})
}

func nesting(h *harness) {
	world := metadataWorld()
	h.upsert(world...)
	a := store.Compare{Key: "k", Op: store.Eq, Value: "a"}
	n := store.Compare{Key: "n", Op: store.Gte, Value: 1.0}
	for _, expr := range []store.Expr{
		nil, store.And{}, store.Or{}, store.And{Parts: []store.Expr{store.Or{}}}, store.Or{Parts: []store.Expr{store.And{}}},
		store.And{Parts: []store.Expr{a, n}}, store.Or{Parts: []store.Expr{a, n}},
		store.And{Parts: []store.Expr{n, store.Or{Parts: []store.Expr{a, store.Compare{Key: "k", Op: store.Gt, Value: 0.0}}}}},
		store.Or{Parts: []store.Expr{store.And{Parts: []store.Expr{a, a}}, store.And{Parts: []store.Expr{n, store.And{}}}}},
	} {
		sameAsMatch(h, world, expr)
	}
}

func randomFilters(h *harness) {
	world := metadataWorld()
	h.upsert(world...)
	rapid.Check(h, func(t *rapid.T) {
		sameAsMatch(h, world, filter(2).Draw(t, "filter"))
	})
}

// filter draws an expression of at most so many levels of And and Or.
func filter(depth int) *rapid.Generator[store.Expr] {
	comparison := rapid.Custom(func(t *rapid.T) store.Expr {
		c := store.Compare{
			Key: rapid.SampledFrom([]string{"k", "n", "missing", store.KeyType, store.KeySource, store.KeyUpdatedAt}).Draw(t, "key"),
			Op:  rapid.SampledFrom(operators()).Draw(t, "op"),
		}
		value := rapid.SampledFrom(compareValues())
		if c.Op == store.In || c.Op == store.Nin {
			c.Value = rapid.SliceOfN(value, 0, 3).Draw(t, "values")
		} else {
			c.Value = value.Draw(t, "value")
		}
		return c
	})
	if depth == 0 {
		return comparison
	}
	parts := rapid.SliceOfN(filter(depth-1), 0, 3)
	return rapid.OneOf(comparison,
		rapid.Map(parts, func(parts []store.Expr) store.Expr { return store.And{Parts: parts} }),
		rapid.Map(parts, func(parts []store.Expr) store.Expr { return store.Or{Parts: parts} }))
}

func builtInKeys(h *harness) {
	var world []store.Record
	for i, object := range []eyeshot.Object{"ticket:jira-main/1", "ticket:jira-main/2", "doc:wiki/a%2Fb", "doc:wiki/2", "page:alone"} {
		record := document(object, along(1))
		record.UpdatedAt = updated().AddDate(0, 0, i)
		record.Metadata = map[string]any{store.KeyType: "forged", store.KeySource: "forged", store.KeyUpdatedAt: "forged"}
		world = append(world, record)
	}
	world[4].UpdatedAt = time.Time{} // not known
	h.upsert(world...)
	for i := range 2 {
		day := updated().AddDate(0, 0, 1).Format(store.UpdatedAtLayout)
		for _, op := range operators()[:6] {
			for key, value := range map[string]string{store.KeyType: "ticket", store.KeySource: "wiki", store.KeyUpdatedAt: day} {
				sameAsMatch(h, world, store.Compare{Key: key, Op: op, Value: value})
				sameAsMatch(h, world, store.Compare{Key: key, Op: op, Value: "forged"})
			}
		}
		require.Len(h, h.where(store.Compare{Key: store.KeyUpdatedAt, Op: store.Lte, Value: day}), 2, fmt.Sprint("round ", i))
		h.reopen()
	}
}
