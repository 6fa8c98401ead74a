package fakeqdrant

import (
	"context"
	"maps"

	qc "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

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
