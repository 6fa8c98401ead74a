package fakeqdrant

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/google/uuid"
	qc "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// point is guarded by the server's lock, its tokens by a lock of their own.
type point struct {
	key     string // its id as text that sorts as ids do: numbers first
	id      *qc.PointId
	payload map[string]*qc.Value
	dense   map[string][]float32
	sparse  map[string]map[uint32]float32

	mu     sync.Mutex
	tokens map[string]map[string]bool // by key with a full-text index
}

// points is Qdrant's service of that name.
type points struct {
	*Server
	qc.UnimplementedPointsServer
}

func applied(wait bool) *qc.PointsOperationResponse {
	return &qc.PointsOperationResponse{Result: result(wait)}
}

func result(wait bool) *qc.UpdateResult {
	if wait {
		return &qc.UpdateResult{Status: qc.UpdateStatus_Completed}
	}
	return &qc.UpdateResult{Status: qc.UpdateStatus_Acknowledged}
}

func idKey(id *qc.PointId) (string, error) {
	switch one := id.GetPointIdOptions().(type) {
	case *qc.PointId_Num:
		return fmt.Sprintf("0%020d", one.Num), nil
	case *qc.PointId_Uuid:
		parsed, err := uuid.Parse(one.Uuid)
		if err != nil {
			return "", status.Errorf(codes.InvalidArgument, "Unable to parse UUID: %s", one.Uuid)
		}
		return "1" + parsed.String(), nil
	}
	return "", status.Error(codes.InvalidArgument, "Empty ID is provided")
}

// update runs an operation on a collection, alone.
func (s points) update(name string, wait bool, operate func(*collection) error) (*qc.PointsOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(name)
	if err != nil {
		return nil, err
	}
	if err := operate(c); err != nil {
		return nil, err
	}
	return applied(wait), nil
}

func (s points) Upsert(_ context.Context, r *qc.UpsertPoints) (*qc.PointsOperationResponse, error) {
	return s.update(r.GetCollectionName(), r.GetWait(), func(c *collection) error { return c.upsert(r.GetPoints()) })
}

// upsert checks all points before it keeps the first.
func (c *collection) upsert(list []*qc.PointStruct) error {
	if err := c.allowsUpsert(len(list)); err != nil {
		return err
	}
	fresh := make([]*point, len(list))
	for i, one := range list {
		var err error
		if fresh[i], err = c.newPoint(one); err != nil {
			return err
		}
	}
	for _, p := range fresh {
		c.points[p.key] = p
	}
	c.changed()
	return nil
}

func (c *collection) newPoint(one *qc.PointStruct) (*point, error) {
	key, err := idKey(one.GetId())
	if err != nil {
		return nil, err
	}
	p := &point{key: key, id: one.GetId(), payload: one.GetPayload(), dense: map[string][]float32{}, sparse: map[string]map[uint32]float32{}}
	vectors := one.GetVectors().GetVectors().GetVectors()
	if single := one.GetVectors().GetVector(); single != nil {
		vectors = map[string]*qc.Vector{"": single}
	}
	for name, vector := range vectors {
		if err := c.addVector(p, name, vector); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (c *collection) addVector(p *point, name string, vector *qc.Vector) (err error) {
	switch {
	case c.dense[name] != nil:
		p.dense[name], err = c.denseOf(name, vector.GetDense().GetData())
	case c.sparse[name] != nil:
		p.sparse[name], err = sparseOf(vector.GetSparse())
	default:
		err = badInput("Not existing vector name error: " + name)
	}
	return err
}

// denseOf checks a vector's dimension, and brings it to unit length where the
// distance is the cosine.
func (c *collection) denseOf(name string, data []float32) ([]float32, error) {
	params := c.dense[name]
	if uint64(len(data)) != params.GetSize() {
		return nil, badInput(fmt.Sprintf("Vector dimension error: expected dim: %d, got %d", params.GetSize(), len(data)))
	}
	sum := 0.0
	for _, x := range data {
		sum += float64(x) * float64(x)
	}
	if params.GetDistance() != qc.Distance_Cosine || sum == 0 || math.Abs(sum-1) < 1e-6 {
		return data, nil
	}
	unit := make([]float32, len(data))
	for i, x := range data {
		unit[i] = float32(float64(x) / math.Sqrt(sum))
	}
	return unit, nil
}

func sparseOf(vector *qc.SparseVector) (map[uint32]float32, error) {
	if len(vector.GetIndices()) != len(vector.GetValues()) {
		return nil, badInput("Validation error: values: must be the same length as indices")
	}
	sparse := make(map[uint32]float32, len(vector.GetIndices()))
	for i, index := range vector.GetIndices() {
		if _, twice := sparse[index]; twice {
			return nil, badInput("Validation error: indices: must be unique")
		}
		sparse[index] = vector.GetValues()[i]
	}
	return sparse, nil
}

// chosen returns the points of a selector; ids that are absent are none.
func (c *collection) chosen(selector *qc.PointsSelector) (list []*point, missing string, err error) {
	switch s := selector.GetPointsSelectorOneOf().(type) {
	case *qc.PointsSelector_Points:
		for _, id := range s.Points.GetIds() {
			key, err := idKey(id)
			if err != nil {
				return nil, "", err
			}
			if p := c.points[key]; p != nil {
				list = append(list, p)
			} else {
				missing = key[1:]
			}
		}
		return list, missing, nil
	case *qc.PointsSelector_Filter:
		if err := c.allowsUpdate(s.Filter); err != nil {
			return nil, "", err
		}
		passes, err := c.compile(s.Filter)
		if err != nil {
			return nil, "", err
		}
		for _, p := range c.points {
			if passes(p) {
				list = append(list, p)
			}
		}
		return list, "", nil
	}
	return nil, "", badInput("PointsSelector is missing")
}

func (s points) Delete(_ context.Context, r *qc.DeletePoints) (*qc.PointsOperationResponse, error) {
	return s.update(r.GetCollectionName(), r.GetWait(), func(c *collection) error { return c.delete(r.GetPoints()) })
}

func (c *collection) delete(selector *qc.PointsSelector) error {
	list, _, err := c.chosen(selector)
	for _, p := range list {
		delete(c.points, p.key)
		c.changed()
	}
	return err
}

func (s points) SetPayload(_ context.Context, r *qc.SetPayloadPoints) (*qc.PointsOperationResponse, error) {
	if r.Key != nil {
		return nil, status.Error(codes.Unimplemented, "the fake sets payload at the first level alone")
	}
	return s.update(r.GetCollectionName(), r.GetWait(), func(c *collection) error { return c.setPayload(r.GetPointsSelector(), r.GetPayload()) })
}

func (c *collection) setPayload(selector *qc.PointsSelector, payload map[string]*qc.Value) error {
	return c.changePayload(selector, func(old map[string]*qc.Value) { maps.Copy(old, payload) })
}

// changePayload changes copies, since answers that are on their way share the old.
func (c *collection) changePayload(selector *qc.PointsSelector, change func(map[string]*qc.Value)) error {
	list, missing, err := c.chosen(selector)
	if err != nil {
		return err
	}
	for _, p := range list {
		next := maps.Clone(p.payload)
		if next == nil {
			next = map[string]*qc.Value{}
		}
		change(next)
		p.payload, p.tokens = next, nil
	}
	c.changed()
	if missing != "" {
		return status.Errorf(codes.NotFound, "Not found: No point with id %s found", missing)
	}
	return nil
}

func (s points) DeletePayload(_ context.Context, r *qc.DeletePayloadPoints) (*qc.PointsOperationResponse, error) {
	return s.update(r.GetCollectionName(), r.GetWait(), func(c *collection) error { return c.deletePayload(r.GetPointsSelector(), r.GetKeys()) })
}

func (c *collection) deletePayload(selector *qc.PointsSelector, keys []string) error {
	return c.changePayload(selector, func(old map[string]*qc.Value) {
		for _, key := range keys {
			delete(old, key)
		}
	})
}

// UpdateBatch runs operations one after the other; the first that fails ends it,
// and those before it stay done.
func (s points) UpdateBatch(_ context.Context, r *qc.UpdateBatchPoints) (*qc.UpdateBatchResponse, error) {
	reply := &qc.UpdateBatchResponse{}
	_, err := s.update(r.GetCollectionName(), r.GetWait(), func(c *collection) error {
		for _, operation := range r.GetOperations() {
			if err := c.operate(operation); err != nil {
				return err
			}
			reply.Result = append(reply.Result, result(r.GetWait()))
		}
		return nil
	})
	return reply, err
}

func (c *collection) operate(operation *qc.PointsUpdateOperation) error {
	switch o := operation.GetOperation().(type) {
	case *qc.PointsUpdateOperation_Upsert:
		return c.upsert(o.Upsert.GetPoints())
	case *qc.PointsUpdateOperation_DeletePoints_:
		return c.delete(o.DeletePoints.GetPoints())
	case *qc.PointsUpdateOperation_SetPayload_:
		return c.setPayload(o.SetPayload.GetPointsSelector(), o.SetPayload.GetPayload())
	case *qc.PointsUpdateOperation_DeletePayload_:
		return c.deletePayload(o.DeletePayload.GetPointsSelector(), o.DeletePayload.GetKeys())
	}
	return status.Errorf(codes.Unimplemented, "the fake has no operation %T", operation.GetOperation())
}

func (s points) Get(_ context.Context, r *qc.GetPoints) (*qc.GetResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	reply := &qc.GetResponse{}
	for _, id := range r.GetIds() {
		key, err := idKey(id)
		if err != nil {
			return nil, err
		}
		if p := c.points[key]; p != nil {
			retrieved, err := p.retrieved(r.GetWithPayload(), r.GetWithVectors(), false)
			if err != nil {
				return nil, err
			}
			reply.Result = append(reply.Result, retrieved)
		}
	}
	return reply, nil
}

// retrieved is a point as an answer holds it.
func (p *point) retrieved(payload *qc.WithPayloadSelector, vectors *qc.WithVectorsSelector, payloadWhenUnset bool) (*qc.RetrievedPoint, error) {
	part, err := chosen(p.payload, payload, payloadWhenUnset)
	return &qc.RetrievedPoint{Id: p.id, Payload: part, Vectors: p.output(vectors)}, err
}

func (p *point) output(selector *qc.WithVectorsSelector) *qc.VectorsOutput {
	wanted := func(string) bool { return selector.GetEnable() }
	if include := selector.GetInclude(); include != nil {
		wanted = func(name string) bool { return slices.Contains(include.GetNames(), name) }
	}
	out := map[string]*qc.VectorOutput{}
	for name, vector := range p.dense {
		if wanted(name) {
			out[name] = &qc.VectorOutput{Vector: &qc.VectorOutput_Dense{Dense: &qc.DenseVector{Data: vector}}}
		}
	}
	for name, vector := range p.sparse {
		if !wanted(name) {
			continue
		}
		sparse := &qc.SparseVector{Indices: slices.Sorted(maps.Keys(vector))}
		for _, index := range sparse.Indices {
			sparse.Values = append(sparse.Values, vector[index])
		}
		out[name] = &qc.VectorOutput{Vector: &qc.VectorOutput_Sparse{Sparse: sparse}}
	}
	if len(out) == 0 {
		return nil
	}
	return &qc.VectorsOutput{VectorsOptions: &qc.VectorsOutput_Vectors{Vectors: &qc.NamedVectorsOutput{Vectors: out}}}
}
