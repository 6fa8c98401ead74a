package qdrant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	qc "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Names of a point's vectors.
const (
	denseVector  = "dense"
	sparseVector = "keywords"
)

// limits are what a collection's strict mode allows; 0 means no limit.
type limits struct {
	page         int // points in one answer
	condition    int // values in one condition
	conditions   int // conditions in one filter
	upsert       int // points in one upsert
	ef           int
	oversampling float64
	noExact      bool
	indexed      map[string]bool // keys that may be filtered by; nil for any
}

// collectionName is where a tenant's points of a dimension are.
func (s *Store) collectionName(tenant string, dimension int) string {
	if !s.config.PerTenant {
		return fmt.Sprintf("%s-%d", s.config.Prefix, dimension)
	}
	// A tenant's name may hold what a collection's must not.
	sum := sha256.Sum256([]byte(tenant))
	return fmt.Sprintf("%s-%d-%s", s.config.Prefix, dimension, hex.EncodeToString(sum[:10]))
}

// ensureCollection creates a collection with its payload indexes where it is not
// there, and learns its limits.
func (s *Store) ensureCollection(ctx context.Context, name string, dimension int) error {
	if _, known := s.limitsOf(name); known {
		return nil
	}
	_, err := s.collections.Create(ctx, s.newCollection(name, dimension))
	if err != nil && !isThere(err) {
		return classify(ctx, "create collection "+name, err)
	}
	if err := s.createIndexes(ctx, name); err != nil {
		return err
	}
	return s.inspect(ctx, name, dimension)
}

// isThere says whether a collection could not be created since it exists.
func isThere(err error) bool { return status.Code(err) == codes.AlreadyExists }

func (s *Store) newCollection(name string, dimension int) *qc.CreateCollection {
	layout := s.config.Layout
	create := &qc.CreateCollection{
		CollectionName: name,
		VectorsConfig: qc.NewVectorsConfigMap(map[string]*qc.VectorParams{denseVector: {
			// Vectors are of unit length, so the dot product is the cosine; and Dot
			// leaves them as they are, bit by bit.
			Size: uint64(dimension), Distance: qc.Distance_Dot, OnDisk: qc.PtrOf(layout.OnDiskVectors),
			QuantizationConfig: quantization(layout.Quantization),
		}}),
		SparseVectorsConfig: qc.NewSparseVectorsConfig(map[string]*qc.SparseVectorParams{sparseVector: {
			Index: &qc.SparseIndexConfig{OnDisk: qc.PtrOf(layout.OnDiskIndexes)},
		}}),
		OnDiskPayload: qc.PtrOf(layout.OnDiskPayload),
		HnswConfig:    &qc.HnswConfigDiff{M: qc.PtrOf(uint64(layout.M)), PayloadM: qc.PtrOf(uint64(layout.M)), EfConstruct: qc.PtrOf(uint64(layout.EFConstruct))},
	}
	if layout.Shards > 0 {
		create.ShardNumber = qc.PtrOf(uint32(layout.Shards))
	}
	if layout.Replicas > 0 {
		create.ReplicationFactor = qc.PtrOf(uint32(layout.Replicas))
	}
	return create
}

func quantization(kind string) *qc.QuantizationConfig {
	switch kind {
	case "scalar":
		return qc.NewQuantizationScalar(&qc.ScalarQuantization{Type: qc.QuantizationType_Int8, AlwaysRam: qc.PtrOf(true)})
	case "binary":
		return qc.NewQuantizationBinary(&qc.BinaryQuantization{AlwaysRam: qc.PtrOf(true)})
	case "product":
		return qc.NewQuantizationProduct(&qc.ProductQuantization{Compression: qc.CompressionRatio_x16, AlwaysRam: qc.PtrOf(true)})
	}
	return nil
}

// createIndexes creates the payload indexes of every key that is filtered by, so
// that no search reads payloads, and strict mode lets all of them pass.
func (s *Store) createIndexes(ctx context.Context, name string) error {
	for _, one := range s.payloadIndexes() {
		one.CollectionName, one.Wait = name, qc.PtrOf(true)
		if _, err := s.points.CreateFieldIndex(ctx, one); err != nil {
			return classify(ctx, fmt.Sprintf("index %s of collection %s", one.FieldName, name), err)
		}
	}
	return nil
}

func (s *Store) payloadIndexes() []*qc.CreateFieldIndexCollection {
	onDisk, no := qc.PtrOf(s.config.Layout.OnDiskIndexes), qc.PtrOf(false)
	keyword := func(key string, hnsw bool) *qc.CreateFieldIndexCollection {
		return &qc.CreateFieldIndexCollection{FieldName: key, FieldType: qc.FieldType_FieldTypeKeyword.Enum(),
			FieldIndexParams: qc.NewPayloadIndexParamsKeyword(&qc.KeywordIndexParams{IsTenant: qc.PtrOf(key == keyTenant), OnDisk: onDisk, EnableHnsw: qc.PtrOf(hnsw)})}
	}
	integer := func(key string, lookup bool) *qc.CreateFieldIndexCollection {
		return &qc.CreateFieldIndexCollection{FieldName: key, FieldType: qc.FieldType_FieldTypeInteger.Enum(),
			FieldIndexParams: qc.NewPayloadIndexParamsInt(&qc.IntegerIndexParams{Lookup: &lookup, Range: qc.PtrOf(true), OnDisk: onDisk, EnableHnsw: no})}
	}
	indexes := []*qc.CreateFieldIndexCollection{
		keyword(keyTenant, true), keyword(keyReaders, true), keyword(keyFacts, true),
		keyword(keyObject, false), keyword(keyKind, false), keyword(keyRef, false),
		integer(keyBorn, false), integer(keyDied, false), integer(keyUpdated, false), integer(keyLength, true),
		{FieldName: keyWords, FieldType: qc.FieldType_FieldTypeText.Enum(), FieldIndexParams: qc.NewPayloadIndexParamsText(
			&qc.TextIndexParams{Tokenizer: qc.TokenizerType_Whitespace, Lowercase: no, OnDisk: onDisk, EnableHnsw: no})},
	}
	for _, key := range s.config.Layout.NumberMetadata {
		indexes = append(indexes, &qc.CreateFieldIndexCollection{FieldName: numberPath(key), FieldType: qc.FieldType_FieldTypeFloat.Enum(),
			FieldIndexParams: qc.NewPayloadIndexParamsFloat(&qc.FloatIndexParams{OnDisk: onDisk, EnableHnsw: no})})
	}
	return indexes
}

// inspect checks that a collection is one of this driver's, and keeps its limits.
func (s *Store) inspect(ctx context.Context, name string, dimension int) error {
	reply, err := s.collections.Get(ctx, &qc.GetCollectionInfoRequest{CollectionName: name})
	if err != nil {
		return classify(ctx, "look at collection "+name, err)
	}
	params := reply.GetResult().GetConfig().GetParams()
	dense := params.GetVectorsConfig().GetParamsMap().GetMap()[denseVector]
	sparse := params.GetSparseVectorsConfig().GetMap()[sparseVector]
	if dense.GetSize() != uint64(dimension) || dense.GetDistance() != qc.Distance_Dot || sparse == nil {
		return fmt.Errorf("%w: collection %s has other vectors than this store's; set store.qdrant.prefix to keep apart from it", eyeshot.ErrConflict, name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits[name] = limitsOf(reply.GetResult())
	return nil
}

func limitsOf(info *qc.CollectionInfo) limits {
	strict := info.GetConfig().GetStrictModeConfig()
	if !strict.GetEnabled() {
		return limits{}
	}
	l := limits{
		page: int(strict.GetMaxQueryLimit()), condition: int(strict.GetConditionMaxSize()), conditions: int(strict.GetFilterMaxConditions()),
		upsert: int(strict.GetUpsertMaxBatchsize()), ef: int(strict.GetSearchMaxHnswEf()), oversampling: float64(strict.GetSearchMaxOversampling()),
		noExact: strict.SearchAllowExact != nil && !strict.GetSearchAllowExact(),
	}
	if strict.UnindexedFilteringRetrieve != nil && !strict.GetUnindexedFilteringRetrieve() {
		l.indexed = map[string]bool{}
		for key := range maps.Keys(info.GetPayloadSchema()) {
			l.indexed[key] = true
		}
	}
	return l
}

// limitsOf returns the limits of a collection that is known to be there.
func (s *Store) limitsOf(name string) (limits, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	l, known := s.limits[name]
	return l, known
}

// lots cuts a list into lots that one condition can hold.
func lots[T any](l limits, list []T) [][]T {
	const most = 10_000
	size := most
	if l.condition > 0 {
		size = min(size, l.condition)
	}
	return slices.Collect(slices.Chunk(list, size))
}

// pageSize is how many points to ask for at once, where so many are wanted.
func (l limits) pageSize(wanted int) int {
	if l.page > 0 {
		return min(wanted, l.page)
	}
	return wanted
}

func wrongDimension(field string, got int, model store.EmbeddingModel) error {
	return eyeshot.Invalid(field, fmt.Sprint(got), fmt.Sprintf("must have %d dimensions, as %s has", model.Dimension, model.Name))
}
