package fakeqdrant

import (
	"context"
	"fmt"
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
	if one.GetVectors().GetVectorsOptions() == nil {
		return nil, status.Error(codes.InvalidArgument, "Expected some vectors")
	}
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
			retrieved, err := s.retrieved(p, r.GetWithPayload(), r.GetWithVectors(), false)
			if err != nil {
				return nil, err
			}
			reply.Result = append(reply.Result, retrieved)
		}
	}
	return reply, nil
}
