package fakeqdrant

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	qc "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// collection is guarded by the server's lock.
type collection struct {
	created *qc.CreateCollection
	strict  *qc.StrictModeConfig // nil where it is off
	dense   map[string]*qc.VectorParams
	sparse  map[string]*qc.SparseVectorParams
	indexes map[string]*qc.PayloadIndexParams
	points  map[string]*point

	mu     sync.Mutex          // of what is made of the points when it is asked for
	order  []string            // ids in order; nil after a change
	passed map[string][]*point // by filter, in order of ids; nil after a change
}

// changed forgets what was made of the points.
func (c *collection) changed() { c.order, c.passed = nil, nil }

// inOrder lists the points by id.
func (c *collection) inOrder() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.order == nil {
		c.order = slices.SortedFunc(maps.Keys(c.points), strings.Compare)
	}
	return c.order
}

// maxPassed is how many filters are remembered.
const maxPassed = 64

// passing lists the points that pass a filter, by rising id. It is remembered
// until something changes: a client that pages sends the same filter again.
func (c *collection) passing(f *qc.Filter, passes predicate) ([]*point, error) {
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(f)
	if err != nil {
		return nil, err
	}
	keys := c.inOrder()
	c.mu.Lock()
	defer c.mu.Unlock()
	if list, known := c.passed[string(encoded)]; known {
		return list, nil
	}
	list := []*point{}
	for _, key := range keys {
		if p := c.points[key]; passes(p) {
			list = append(list, p)
		}
	}
	if len(c.passed) >= maxPassed || c.passed == nil {
		c.passed = map[string][]*point{}
	}
	c.passed[string(encoded)] = list
	return list, nil
}

// collections is Qdrant's service of that name.
type collections struct {
	*Server
	qc.UnimplementedCollectionsServer
}

func done() *qc.CollectionOperationResponse { return &qc.CollectionOperationResponse{Result: true} }

func (s collections) Create(_ context.Context, r *qc.CreateCollection) (*qc.CollectionOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.contents[r.GetCollectionName()] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "Wrong input: Collection `%s` already exists!", r.GetCollectionName())
	}
	strict := r.GetStrictModeConfig()
	if strict == nil {
		strict = s.options.Strict
	}
	if !strict.GetEnabled() {
		strict = nil
	}
	dense := r.GetVectorsConfig().GetParamsMap().GetMap()
	if one := r.GetVectorsConfig().GetParams(); one != nil {
		dense = map[string]*qc.VectorParams{"": one}
	}
	for name, params := range dense {
		if params.GetSize() < 1 || params.GetSize() > 65536 {
			return nil, badInput("Validation error in body: [vectors." + name + ".size: value invalid, must be from 1 to 65536]")
		}
	}
	s.contents[r.GetCollectionName()] = &collection{
		created: r, strict: strict, dense: dense, sparse: r.GetSparseVectorsConfig().GetMap(),
		indexes: map[string]*qc.PayloadIndexParams{}, points: map[string]*point{},
	}
	return done(), nil
}

func (s collections) Delete(_ context.Context, r *qc.DeleteCollection) (*qc.CollectionOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, found := s.contents[r.GetCollectionName()]
	delete(s.contents, r.GetCollectionName())
	return &qc.CollectionOperationResponse{Result: found}, nil
}

func (s collections) CollectionExists(_ context.Context, r *qc.CollectionExistsRequest) (*qc.CollectionExistsResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &qc.CollectionExistsResponse{Result: &qc.CollectionExists{Exists: s.contents[r.GetCollectionName()] != nil}}, nil
}

func (s collections) List(context.Context, *qc.ListCollectionsRequest) (*qc.ListCollectionsResponse, error) {
	reply := &qc.ListCollectionsResponse{}
	for _, name := range s.Collections() {
		reply.Collections = append(reply.Collections, &qc.CollectionDescription{Name: name})
	}
	return reply, nil
}

func (s collections) Get(_ context.Context, r *qc.GetCollectionInfoRequest) (*qc.GetCollectionInfoResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	schema := map[string]*qc.PayloadSchemaInfo{}
	for key, params := range c.indexes {
		schema[key] = &qc.PayloadSchemaInfo{DataType: schemaType(params), Params: params}
	}
	return &qc.GetCollectionInfoResponse{Result: &qc.CollectionInfo{
		Status: qc.CollectionStatus_Green, PointsCount: qc.PtrOf(uint64(len(c.points))), PayloadSchema: schema,
		Config: &qc.CollectionConfig{
			Params:     &qc.CollectionParams{VectorsConfig: c.created.GetVectorsConfig(), SparseVectorsConfig: c.created.GetSparseVectorsConfig()},
			HnswConfig: c.created.GetHnswConfig(), QuantizationConfig: c.created.GetQuantizationConfig(), StrictModeConfig: c.strict,
		},
	}}, nil
}

func schemaType(params *qc.PayloadIndexParams) qc.PayloadSchemaType {
	switch params.GetIndexParams().(type) {
	case *qc.PayloadIndexParams_KeywordIndexParams:
		return qc.PayloadSchemaType_Keyword
	case *qc.PayloadIndexParams_IntegerIndexParams:
		return qc.PayloadSchemaType_Integer
	case *qc.PayloadIndexParams_FloatIndexParams:
		return qc.PayloadSchemaType_Float
	case *qc.PayloadIndexParams_TextIndexParams:
		return qc.PayloadSchemaType_Text
	case *qc.PayloadIndexParams_BoolIndexParams:
		return qc.PayloadSchemaType_Bool
	case *qc.PayloadIndexParams_DatetimeIndexParams:
		return qc.PayloadSchemaType_Datetime
	case *qc.PayloadIndexParams_UuidIndexParams:
		return qc.PayloadSchemaType_Uuid
	}
	return qc.PayloadSchemaType_UnknownType
}

func (s points) CreateFieldIndex(_ context.Context, r *qc.CreateFieldIndexCollection) (*qc.PointsOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	if _, err := parsePath(r.GetFieldName()); err != nil {
		return nil, err
	}
	if limit := c.strict.GetMaxPayloadIndexCount(); c.strict != nil && c.strict.MaxPayloadIndexCount != nil && c.indexes[r.GetFieldName()] == nil && uint64(len(c.indexes)) >= limit {
		return nil, badRequest("Collection already has the maximum number of payload indices. Help: Please delete an existing index before creating a new one.")
	}
	params := r.GetFieldIndexParams()
	if params == nil {
		if params = defaultParams(r.GetFieldType()); params == nil {
			return nil, status.Error(codes.Unimplemented, "the fake has no index of type "+r.GetFieldType().String())
		}
	}
	if integer := params.GetIntegerIndexParams(); integer != nil && integer.Lookup != nil && !integer.GetLookup() && integer.Range != nil && !integer.GetRange() {
		return nil, badInput("Validation error: the 'lookup' and 'range' capabilities can't be both disabled")
	}
	c.indexes[r.GetFieldName()] = params
	c.changed()
	for _, p := range c.points {
		p.tokens = nil
	}
	return applied(true), nil
}

func defaultParams(kind qc.FieldType) *qc.PayloadIndexParams {
	switch kind {
	case qc.FieldType_FieldTypeKeyword:
		return qc.NewPayloadIndexParamsKeyword(&qc.KeywordIndexParams{})
	case qc.FieldType_FieldTypeInteger:
		return qc.NewPayloadIndexParamsInt(&qc.IntegerIndexParams{})
	case qc.FieldType_FieldTypeFloat:
		return qc.NewPayloadIndexParamsFloat(&qc.FloatIndexParams{})
	case qc.FieldType_FieldTypeText:
		return qc.NewPayloadIndexParamsText(&qc.TextIndexParams{Tokenizer: qc.TokenizerType_Word})
	case qc.FieldType_FieldTypeBool:
		return qc.NewPayloadIndexParamsBool(&qc.BoolIndexParams{})
	}
	return nil
}
