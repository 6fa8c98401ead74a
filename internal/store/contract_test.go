package store_test

import (
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
)

func TestMatchSaysWhatEachOperatorMeans(t *testing.T) {
	values := map[string]any{"s": "b", "n": 2.0, "yes": true, "list": []string{"a", "b"}, "none": []string{}}
	get := func(key string) (any, bool) {
		value, found := values[key]
		return value, found
	}
	for _, test := range []struct {
		key   string
		op    store.Op
		value any
		want  bool
	}{
		{"s", store.Eq, "b", true}, {"s", store.Eq, "a", false}, {"s", store.Eq, 2.0, false}, {"n", store.Eq, 2.0, true}, {"n", store.Eq, "2", false},
		{"yes", store.Eq, true, true}, {"yes", store.Eq, "true", false}, {"list", store.Eq, "a", true}, {"list", store.Eq, "c", false}, {"none", store.Eq, "a", false},
		{"s", store.Ne, "a", true}, {"s", store.Ne, "b", false}, {"list", store.Ne, "a", false}, {"list", store.Ne, "c", true},
		{"s", store.Gt, "a", true}, {"s", store.Gt, "b", false}, {"s", store.Gte, "b", true}, {"s", store.Lt, "c", true}, {"s", store.Lt, "b", false}, {"s", store.Lte, "b", true},
		{"n", store.Gt, 1.0, true}, {"n", store.Gte, 2.0, true}, {"n", store.Lt, 10.0, true}, {"n", store.Lte, 1.0, false},
		{"n", store.Gt, "1", false}, {"s", store.Gt, 1.0, false}, {"yes", store.Gt, false, false}, {"yes", store.Gte, true, false}, {"list", store.Gt, "a", false},
		{"s", store.In, []any{"a", "b"}, true}, {"s", store.In, []any{}, false}, {"n", store.In, []any{"2", 2.0}, true}, {"list", store.In, []any{"b"}, true},
		{"s", store.Nin, []any{"a", "b"}, false}, {"s", store.Nin, []any{}, true}, {"list", store.Nin, []any{"c"}, true}, {"s", store.In, "b", false},
		{"missing", store.Eq, "b", false}, {"missing", store.Ne, "b", true}, {"missing", store.In, []any{"b"}, false}, {"missing", store.Nin, []any{"b"}, true},
		{"missing", store.Gt, "", false}, {"missing", store.Lte, 0.0, false}, {"s", "like", "b", false},
	} {
		expr := store.Compare{Key: test.key, Op: test.op, Value: test.value}
		require.Equal(t, test.want, store.Match(expr, get), "%v", expr)
	}
	require.True(t, store.Match(nil, get))
	require.True(t, store.Match(store.And{}, get))
	require.False(t, store.Match(store.Or{}, get))
}

func TestARecordsOwnMetadataCannotForgeWhatEveryDocumentHas(t *testing.T) {
	record := store.Record{Object: "ticket:jira%20main/PAY-1", UpdatedAt: time.Date(2026, 1, 2, 3, 4, 5, 999, time.FixedZone("", 3600)),
		Metadata: map[string]any{"type": "page", "source": "x", "updated_at": "y", "mine": 1.0}}
	for key, want := range map[string]any{"type": "ticket", "source": "jira main", "updated_at": "2026-01-02T02:04:05Z", "mine": 1.0} {
		value, found := record.Value(key)
		require.True(t, found)
		require.Equal(t, want, value)
	}
	_, found := record.Value("other")
	require.False(t, found)
	record.UpdatedAt = time.Time{}
	_, found = record.Value("updated_at")
	require.False(t, found, "a document that nobody knows the time of has none")
}

func TestAnAccessThatNobodySetIsToNothing(t *testing.T) {
	require.True(t, store.Access{}.Nothing())
	require.False(t, store.Access{}.Everything())
	require.True(t, store.AccessDocuments(store.DocumentSet{}).Nothing())
	require.False(t, store.AccessEverythingForTheGateToDecide().Nothing())
	require.True(t, store.AccessEverythingForTheGateToDecide().Everything())
}

func TestADocumentSetHoldsItsMembersByType(t *testing.T) {
	numbering := storetest.NewNumbering()
	numbering.Add("ticket:a/1", "ticket:a/2", "page:a/1")
	set := store.NewDocumentSet(numbering, map[string]*roaring.Bitmap{"ticket": roaring.BitmapOf(1), "page": nil, "other": roaring.BitmapOf(0, 1)})
	require.Equal(t, 3, set.Len())
	require.True(t, set.Contains("ticket:a/2"))
	require.False(t, set.Contains("ticket:a/1"))
	require.False(t, set.Contains("page:a/1"))
	require.False(t, set.Contains("ticket:a/3"))
	require.False(t, store.NewDocumentSet(nil, map[string]*roaring.Bitmap{"ticket": roaring.BitmapOf(1)}).Contains("ticket:a/2"))
}
