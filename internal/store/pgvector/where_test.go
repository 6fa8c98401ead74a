package pgvector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func TestNoValueOfAFilterIsPartOfTheStatement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`zz['"\\;$() -]{0,6}zz`).Draw(t, "value")
		op := rapid.SampledFrom([]store.Op{store.Eq, store.Ne, store.Gt, store.Gte, store.Lt, store.Lte, store.In, store.Nin, "no operator"}).Draw(t, "op")
		compare := store.Compare{Key: value, Op: op, Value: value}
		if op == store.In || op == store.Nin {
			compare.Value = []any{value, 1.5, true}
		}
		var p parameters
		require.NotContains(t, p.where(store.And{Parts: []store.Expr{compare, store.Or{Parts: []store.Expr{compare}}}}), "zz")
	})
}

// PostgreSQL takes no U+0000, and a filter may hold one.
func TestAFilterWithU0000MeansWhatMatchSays(t *testing.T) {
	w := newWorld(t, Config{}, 0)
	values := []string{"", "a", "ab", "b", "a\x01"}
	var records []store.Record
	for i, value := range values {
		records = append(records, store.Record{Object: w.object(i), Metadata: map[string]any{"k": value}})
	}
	require.NoError(t, w.Upsert(t.Context(), acme, records))
	for _, op := range []store.Op{store.Eq, store.Ne, store.Gt, store.Gte, store.Lt, store.Lte} {
		for _, expr := range []store.Expr{
			store.Compare{Key: "k", Op: op, Value: "a\x00"}, store.Compare{Key: "k", Op: op, Value: "a\x00z"}, store.Compare{Key: "k", Op: op, Value: "\x00"},
			store.Compare{Key: "k\x00", Op: op, Value: "a"}, store.Compare{Key: "k\x00", Op: op, Value: 1.0}, store.Compare{Key: "k", Op: store.In, Value: []any{"a\x00", "b"}},
		} {
			want := 0
			for _, record := range records {
				if store.Match(expr, record.Value) {
					want++
				}
			}
			var p parameters
			var got int
			sql := "SELECT count(*) FROM documents_1 d WHERE " + p.where(expr)
			require.NoError(t, w.others.QueryRow(t.Context(), sql, p...).Scan(&got))
			require.Equal(t, want, got, "%q", expr)
		}
	}
}
