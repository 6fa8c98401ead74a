package qdrant

import (
	"context"
	"strings"

	qc "github.com/qdrant/go-client/qdrant"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// SetReaders implements [store.Writer]. Readers are changed in place: a crash may
// leave some documents with the new ones and others with the old, until the
// caller repeats it, and an open cursor may come to see the new ones. They are a
// coarse filter, so nobody sees more for that: the access decides.
func (s *Store) SetReaders(ctx context.Context, tenant string, all []store.DocumentReaders) error {
	t, err := s.tenant(tenant)
	if err != nil || t == nil || len(all) == 0 {
		return err
	}
	done, err := lock(ctx, t.writing)
	if err != nil {
		return err
	}
	defer done()
	if err := s.clean(ctx, t); err != nil {
		return err
	}
	operations := s.readerOperations(t, all)
	const lot = 100
	for len(operations) > 0 {
		n := min(lot, len(operations))
		reply, err := s.points.UpdateBatch(ctx, &qc.UpdateBatchPoints{CollectionName: t.collection, Wait: qc.PtrOf(true), Operations: operations[:n]})
		if err != nil {
			return classify(ctx, "set readers", err)
		}
		for _, result := range reply.GetResult() {
			if err := completed(ctx, "set readers", &qc.PointsOperationResponse{Result: result}, nil); err != nil {
				return err
			}
		}
		operations = operations[n:]
	}
	return nil
}

// readerOperations makes one operation for all documents that get the same
// readers.
func (s *Store) readerOperations(t *index, all []store.DocumentReaders) []*qc.PointsUpdateOperation {
	var order []string
	same := map[string][]store.DocumentReaders{}
	for _, one := range all {
		var key strings.Builder
		for _, reader := range one.Readers {
			key.WriteString(string(reader) + "\n") // no subject holds white space
		}
		if same[key.String()] == nil {
			order = append(order, key.String())
		}
		same[key.String()] = append(same[key.String()], one)
	}
	l, _ := s.limitsOf(t.collection)
	var operations []*qc.PointsUpdateOperation
	for _, key := range order {
		var objects []eyeshot.Object
		for _, one := range same[key] {
			objects = append(objects, one.Object)
		}
		for _, condition := range anyOf(l, keyObject, objects) {
			operations = append(operations, qc.NewPointsUpdateSetPayload(&qc.PointsUpdateOperation_SetPayload{
				Payload:        map[string]*qc.Value{keyReaders: texts(same[key][0].Readers)},
				PointsSelector: qc.NewPointsSelectorFilter(&qc.Filter{Must: []*qc.Condition{t.isMine(), condition}}),
			}))
		}
	}
	return operations
}
