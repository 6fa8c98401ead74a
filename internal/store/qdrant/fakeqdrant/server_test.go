package fakeqdrant_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	qc "github.com/qdrant/go-client/qdrant"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant/fakeqdrant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a collection with a dense vector of two dimensions and a sparse one,
// on a fake, or on the server that the environment names: what these tests say
// of Qdrant is to hold for both.
type world struct {
	*testing.T
	name        string
	points      qc.PointsClient
	collections qc.CollectionsClient
}

var names atomic.Int64

func newWorld(t *testing.T) *world {
	address := os.Getenv("EYESHOT_TEST_QDRANT")
	if address == "" {
		server, err := fakeqdrant.Start(fakeqdrant.Options{})
		require.NoError(t, err)
		t.Cleanup(server.Stop)
		address = server.Address()
	}
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	number, err := strconv.Atoi(port)
	require.NoError(t, err)
	client, err := qc.NewGrpcClient(&qc.Config{Host: host, Port: number, SkipCompatibilityCheck: true})
	require.NoError(t, err)
	w := &world{T: t, name: fmt.Sprintf("fakeqdrant-test-%d-%d", os.Getpid(), names.Add(1)), points: client.Points(), collections: client.Collections()}
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	w.create(nil)
	return w
}

func (w *world) create(strict *qc.StrictModeConfig) {
	w.Helper()
	_, err := w.collections.Create(w.Context(), &qc.CreateCollection{
		CollectionName:      w.name,
		VectorsConfig:       qc.NewVectorsConfigMap(map[string]*qc.VectorParams{"dense": {Size: 2, Distance: qc.Distance_Dot}}),
		SparseVectorsConfig: qc.NewSparseVectorsConfig(map[string]*qc.SparseVectorParams{"sparse": {}}),
		StrictModeConfig:    strict,
	})
	require.NoError(w, err)
	name := w.name
	w.Cleanup(func() {
		_, _ = w.collections.Delete(context.Background(), &qc.DeleteCollection{CollectionName: name}) // best effort on a real server
	})
}

func (w *world) index(key string, params *qc.PayloadIndexParams) {
	w.Helper()
	kind := qc.FieldType_FieldTypeText
	switch {
	case params.GetIntegerIndexParams() != nil:
		kind = qc.FieldType_FieldTypeInteger
	case params.GetKeywordIndexParams() != nil:
		kind = qc.FieldType_FieldTypeKeyword
	}
	_, err := w.points.CreateFieldIndex(w.Context(), &qc.CreateFieldIndexCollection{CollectionName: w.name, Wait: qc.PtrOf(true), FieldName: key, FieldType: &kind, FieldIndexParams: params})
	require.NoError(w, err)
}

func (w *world) upsert(points ...*qc.PointStruct) {
	w.Helper()
	reply, err := w.points.Upsert(w.Context(), &qc.UpsertPoints{CollectionName: w.name, Wait: qc.PtrOf(true), Points: points})
	require.NoError(w, err)
	require.Equal(w, qc.UpdateStatus_Completed, reply.GetResult().GetStatus())
}

func point(id uint64, vector *qc.Vector, payload map[string]any) *qc.PointStruct {
	name := "dense"
	if vector.GetSparse() != nil {
		name = "sparse"
	}
	return &qc.PointStruct{Id: qc.NewIDNum(id), Payload: qc.NewValueMap(payload), Vectors: qc.NewVectorsMap(map[string]*qc.Vector{name: vector})}
}

func (w *world) query(using string, query *qc.Query, change func(*qc.QueryPoints)) ([]uint64, error) {
	request := &qc.QueryPoints{CollectionName: w.name, Query: query, Using: &using}
	change(request)
	reply, err := w.points.Query(w.Context(), request)
	var ids []uint64
	for _, one := range reply.GetResult() {
		ids = append(ids, one.GetId().GetNum())
	}
	return ids, err
}

func TestTheNearestComeFirst(t *testing.T) {
	w := newWorld(t)
	w.upsert(point(1, qc.NewVector(1, 0), nil), point(2, qc.NewVector(0.6, 0.8), nil), point(3, qc.NewVector(-1, 0), nil), point(4, qc.NewVector(0, 1), nil),
		point(5, qc.NewVectorSparse([]uint32{1, 7}, []float32{1, 2}), nil), point(6, qc.NewVectorSparse([]uint32{7}, []float32{3}), nil))
	for name, c := range map[string]struct {
		using  string
		query  *qc.Query
		change func(*qc.QueryPoints)
		want   []uint64
	}{
		"all that have the vector":           {"dense", qc.NewQuery(1, 0), func(*qc.QueryPoints) {}, []uint64{1, 2, 4, 3}},
		"limit":                              {"dense", qc.NewQuery(1, 0), func(r *qc.QueryPoints) { r.Limit = qc.PtrOf(uint64(2)) }, []uint64{1, 2}},
		"offset":                             {"dense", qc.NewQuery(1, 0), func(r *qc.QueryPoints) { r.Offset = qc.PtrOf(uint64(1)) }, []uint64{2, 4, 3}},
		"offset beyond the end":              {"dense", qc.NewQuery(1, 0), func(r *qc.QueryPoints) { r.Offset = qc.PtrOf(uint64(9)) }, nil},
		"above the threshold, and not on it": {"dense", qc.NewQuery(1, 0), func(r *qc.QueryPoints) { r.ScoreThreshold = qc.PtrOf(float32(0)) }, []uint64{1, 2}},
		"under a filter": {"dense", qc.NewQuery(1, 0), func(r *qc.QueryPoints) {
			r.Filter = &qc.Filter{MustNot: []*qc.Condition{qc.NewHasID(qc.NewIDNum(1))}}
		}, []uint64{2, 4, 3}},
		"sparse":                       {"sparse", qc.NewQuerySparse([]uint32{1, 7}, []float32{5, 1}), func(*qc.QueryPoints) {}, []uint64{5, 6}},
		"sparse without what is apart": {"sparse", qc.NewQuerySparse([]uint32{1, 9}, []float32{5, 1}), func(*qc.QueryPoints) {}, []uint64{5}},
	} {
		got, err := w.query(c.using, c.query, c.change)
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
}

func TestWhatIsWrongIsRefusedAsQdrantDoes(t *testing.T) {
	w := newWorld(t)
	none := func(*qc.QueryPoints) {}
	upsert := func(p *qc.PointStruct) error {
		_, err := w.points.Upsert(t.Context(), &qc.UpsertPoints{CollectionName: w.name, Wait: qc.PtrOf(true), Points: []*qc.PointStruct{p}})
		return err
	}
	for name, c := range map[string]struct {
		call func() error
		code codes.Code
		says string
	}{
		"an unknown collection": {func() error {
			_, err := w.points.Scroll(t.Context(), &qc.ScrollPoints{CollectionName: "absent"})
			return err
		}, codes.NotFound, "doesn't exist"},
		"a collection that is there": {func() error {
			_, err := w.collections.Create(t.Context(), &qc.CreateCollection{CollectionName: w.name})
			return err
		}, codes.AlreadyExists, "already exists"},
		"a vector of another dimension":        {func() error { return upsert(point(1, qc.NewVector(1, 2, 3), nil)) }, codes.InvalidArgument, "expected dim: 2, got 3"},
		"a query of another dimension":         {func() error { _, err := w.query("dense", qc.NewQuery(1), none); return err }, codes.InvalidArgument, "expected dim: 2, got 1"},
		"a point that says nothing of vectors": {func() error { return upsert(&qc.PointStruct{Id: qc.NewIDNum(1)}) }, codes.InvalidArgument, "Expected some vectors"},
		"an unknown vector":                    {func() error { _, err := w.query("other", qc.NewQuery(1, 2), none); return err }, codes.InvalidArgument, "Not existing vector name"},
		"an id that is no UUID":                {func() error { p := point(1, qc.NewVector(1, 2), nil); p.Id = qc.NewIDUUID("x"); return upsert(p) }, codes.InvalidArgument, "UUID"},
		"indices that come twice":              {func() error { return upsert(point(1, qc.NewVectorSparse([]uint32{1, 1}, []float32{1, 2}), nil)) }, codes.InvalidArgument, "unique"},
		"payload of a point that is absent": {func() error {
			_, err := w.points.SetPayload(t.Context(), &qc.SetPayloadPoints{CollectionName: w.name, Wait: qc.PtrOf(true), Payload: qc.NewValueMap(map[string]any{"k": 1}), PointsSelector: qc.NewPointsSelector(qc.NewIDNum(77))})
			return err
		}, codes.NotFound, "77"},
		"a facet without an index": {func() error {
			_, err := w.points.Facet(t.Context(), &qc.FacetCounts{CollectionName: w.name, Key: "k"})
			return err
		}, codes.InvalidArgument, "No appropriate index for faceting"},
	} {
		err := c.call()
		require.Equal(t, c.code, status.Code(err), "%s: %v", name, err)
		require.ErrorContains(t, err, c.says, name)
	}
}

func TestPayloadIsChangedByIdAndByFilter(t *testing.T) {
	w := newWorld(t)
	w.upsert(point(1, qc.NewVector(1, 0), map[string]any{"k": "a"}), point(2, qc.NewVector(0, 1), map[string]any{"k": "b", "old": true}))
	isB := all(qc.NewMatchKeyword("k", "b"))
	_, err := w.points.SetPayload(t.Context(), &qc.SetPayloadPoints{CollectionName: w.name, Wait: qc.PtrOf(true), Payload: qc.NewValueMap(map[string]any{"new": 1}), PointsSelector: qc.NewPointsSelectorFilter(isB)})
	require.NoError(t, err)
	require.Equal(t, []uint64{2}, w.ids(all(qc.NewMatchInt("new", 1), qc.NewMatchBool("old", true))), "the rest stays")
	_, err = w.points.DeletePayload(t.Context(), &qc.DeletePayloadPoints{CollectionName: w.name, Wait: qc.PtrOf(true), Keys: []string{"new"}, PointsSelector: qc.NewPointsSelector(qc.NewIDNum(2))})
	require.NoError(t, err)
	require.Empty(t, w.ids(all(qc.NewMatchInt("new", 1))))
	w.upsert(point(2, qc.NewVector(0, 1), map[string]any{"k": "b"}))
	require.Empty(t, w.ids(all(qc.NewMatchBool("old", true))), "an upsert replaces the whole point")
	_, err = w.points.Delete(t.Context(), &qc.DeletePoints{CollectionName: w.name, Wait: qc.PtrOf(true), Points: qc.NewPointsSelectorFilter(isB)})
	require.NoError(t, err)
	require.Equal(t, []uint64{1}, w.ids(nil))
}

func TestFacetsCountPointsByValue(t *testing.T) {
	w := newWorld(t)
	w.index("k", qc.NewPayloadIndexParamsKeyword(&qc.KeywordIndexParams{}))
	w.index("n", qc.NewPayloadIndexParamsInt(&qc.IntegerIndexParams{Lookup: qc.PtrOf(true), Range: qc.PtrOf(true)}))
	for i := range 6 {
		w.upsert(point(uint64(i), qc.NewVector(1, 0), map[string]any{"k": []any{"all", "all", fmt.Sprint("v", i%2)}, "n": i / 4}))
	}
	reply, err := w.points.Facet(t.Context(), &qc.FacetCounts{CollectionName: w.name, Key: "k", Exact: qc.PtrOf(true)})
	require.NoError(t, err)
	require.Equal(t, "all 6, v0 3, v1 3, ", facets(reply))
	reply, err = w.points.Facet(t.Context(), &qc.FacetCounts{CollectionName: w.name, Key: "n", Exact: qc.PtrOf(true), Limit: qc.PtrOf(uint64(1)), Filter: all(qc.NewMatchKeyword("k", "v0"))})
	require.NoError(t, err)
	require.Equal(t, "0 2, ", facets(reply))
}

func facets(reply *qc.FacetResponse) string {
	text := ""
	for _, hit := range reply.GetHits() {
		value := hit.GetValue().GetStringValue()
		if value == "" {
			value = fmt.Sprint(hit.GetValue().GetIntegerValue())
		}
		text += fmt.Sprintf("%s %d, ", value, hit.GetCount())
	}
	return text
}

func TestStrictModeRefuses(t *testing.T) {
	w := newWorld(t)
	w.name += "-strict"
	w.create(&qc.StrictModeConfig{Enabled: qc.PtrOf(true), MaxQueryLimit: qc.PtrOf(uint32(5)), UnindexedFilteringRetrieve: qc.PtrOf(false),
		SearchAllowExact: qc.PtrOf(false), ConditionMaxSize: qc.PtrOf(uint64(3)), FilterMaxConditions: qc.PtrOf(uint64(2)), SearchMaxHnswEf: qc.PtrOf(uint32(50))})
	w.index("k", qc.NewPayloadIndexParamsKeyword(&qc.KeywordIndexParams{}))
	k := qc.NewMatchKeyword("k", "x")
	for says, change := range map[string]func(*qc.QueryPoints){
		`"limit"`:                func(r *qc.QueryPoints) { r.Limit = qc.PtrOf(uint64(6)) },
		"Index required":         func(r *qc.QueryPoints) { r.Filter = all(qc.NewMatchKeyword("other", "x")) },
		"xact search":            func(r *qc.QueryPoints) { r.Params = &qc.SearchParams{Exact: qc.PtrOf(true)} },
		"Condition size limit":   func(r *qc.QueryPoints) { r.Filter = all(qc.NewMatchKeywords("k", "1", "2", "3", "4")) },
		"Filter condition limit": func(r *qc.QueryPoints) { r.Filter = all(k, qc.NewFilterAsCondition(all(k, k))) },
		`"hnsw_ef"`:              func(r *qc.QueryPoints) { r.Params = &qc.SearchParams{HnswEf: qc.PtrOf(uint64(51))} },
	} {
		_, err := w.query("dense", qc.NewQuery(1, 0), func(r *qc.QueryPoints) {
			r.Limit = qc.PtrOf(uint64(5))
			change(r)
		})
		require.Equal(t, codes.InvalidArgument, status.Code(err), "%s: %v", says, err)
		require.ErrorContains(t, err, says)
	}
	_, err := w.query("dense", qc.NewQuery(1, 0), func(r *qc.QueryPoints) { r.Limit, r.Filter = qc.PtrOf(uint64(5)), all(k) })
	require.NoError(t, err)
}
