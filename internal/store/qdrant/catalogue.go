package qdrant

import (
	"context"
	"fmt"

	qc "github.com/qdrant/go-client/qdrant"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// The catalogue is a collection of points without vectors that has one point for each
// index: whose it is, of which model, where its points are, and which write was
// the last that counts. To change that number, in one point, is what makes a
// write atomic.

// Keys of a point of the catalogue; [keyTenant] is the partition.
const (
	keyName       = "name" // the tenant's
	keyModel      = "model"
	keyDimension  = "dimension"
	keyCollection = "collection"
	keyCommitted  = "committed"
	keyDropped    = "dropped"
)

func (s *Store) catalogue() string { return s.config.Prefix + "-catalogue" }

func (s *Store) createCatalogue(ctx context.Context) error {
	_, err := s.collections.Create(ctx, &qc.CreateCollection{CollectionName: s.catalogue(),
		// No point has it; but not every Qdrant takes a collection without any.
		SparseVectorsConfig: qc.NewSparseVectorsConfig(map[string]*qc.SparseVectorParams{sparseVector: {}})})
	if err != nil && !isThere(err) {
		return classify(ctx, "create the catalogue", err)
	}
	reply, err := s.collections.Get(ctx, &qc.GetCollectionInfoRequest{CollectionName: s.catalogue()})
	if err != nil {
		return classify(ctx, "look at the catalogue", err)
	}
	s.limits[s.catalogue()] = limitsOf(reply.GetResult()) // nobody else has the store yet
	return nil
}

// loadCatalogue reads all indexes, and returns those whose removal did not end.
func (s *Store) loadCatalogue(ctx context.Context) (dropped []*index, err error) {
	l, _ := s.limitsOf(s.catalogue())
	page := l.pageSize(scrollPage)
	for offset := (*qc.PointId)(nil); ; {
		reply, err := s.points.Scroll(ctx, &qc.ScrollPoints{CollectionName: s.catalogue(), Offset: offset, Limit: qc.PtrOf(uint32(page)), WithPayload: qc.NewWithPayload(true)})
		if err != nil {
			return nil, classify(ctx, "read the catalogue", err)
		}
		for _, point := range reply.GetResult() {
			t := indexOf(point)
			if point.GetPayload()[keyDropped].GetBoolValue() {
				dropped = append(dropped, t)
				continue
			}
			s.tenants[t.name] = t
			if err := s.inspect(ctx, t.collection, t.model.Dimension); err != nil {
				return nil, err
			}
		}
		if offset = reply.GetNextPageOffset(); offset == nil {
			return dropped, nil
		}
	}
}

func indexOf(point *qc.RetrievedPoint) *index {
	payload := point.GetPayload()
	t := newIndex(payload[keyName].GetStringValue(), payload[keyTenant].GetStringValue(), payload[keyCollection].GetStringValue(),
		store.EmbeddingModel{Name: payload[keyModel].GetStringValue(), Dimension: int(payload[keyDimension].GetIntegerValue())})
	t.committed = payload[keyCommitted].GetIntegerValue()
	t.last, t.unclean, t.dropped = t.committed, true, payload[keyDropped].GetBoolValue()
	t.lastDeath = t.committed // whatever died may still be there
	return t
}

// enter writes a new index into the catalogue. What an attempt that failed may
// have entered goes first: a tenant has one entry.
func (s *Store) enter(ctx context.Context, t *index) error {
	if old := s.begun[t.name]; old != nil {
		if err := s.strike(ctx, old); err != nil {
			return err
		}
	}
	s.begun[t.name] = t
	reply, err := s.points.Upsert(ctx, &qc.UpsertPoints{CollectionName: s.catalogue(), Wait: qc.PtrOf(true), Points: []*qc.PointStruct{{
		Id: t.entry(), Vectors: qc.NewVectorsMap(nil),
		Payload: map[string]*qc.Value{
			keyName: text(t.name), keyTenant: text(t.partition), keyCollection: text(t.collection),
			keyModel: text(t.model.Name), keyDimension: whole(int64(t.model.Dimension)), keyCommitted: whole(0),
		},
	}}})
	if err := completed(ctx, "enter the index into the catalogue", reply, err); err != nil {
		return err
	}
	delete(s.begun, t.name)
	return nil
}

// commit makes a write count, or fails and leaves it unsaid whether it does.
func (s *Store) commit(ctx context.Context, t *index, key string, value *qc.Value) error {
	reply, err := s.points.SetPayload(ctx, &qc.SetPayloadPoints{CollectionName: s.catalogue(), Wait: qc.PtrOf(true),
		Payload: map[string]*qc.Value{key: value}, PointsSelector: qc.NewPointsSelector(t.entry())})
	return completed(ctx, "commit", reply, err)
}

// strike removes an index from the catalogue, when no point of it is left.
func (s *Store) strike(ctx context.Context, t *index) error {
	_, err := s.points.Delete(ctx, &qc.DeletePoints{CollectionName: s.catalogue(), Wait: qc.PtrOf(true), Points: qc.NewPointsSelector(t.entry())})
	return classify(ctx, "strike the index from the catalogue", err)
}

// Prepare implements [store.Writer].
func (s *Store) Prepare(ctx context.Context, name string, model store.EmbeddingModel) error {
	unlock, err := lock(ctx, s.preparing)
	if err != nil {
		return err
	}
	defer unlock()
	t, err := s.tenant(name)
	if err != nil {
		return err
	}
	if t != nil {
		if t.model != model {
			return fmt.Errorf("%w: the index was made with %s of %d dimensions, not with %s of %d", eyeshot.ErrConflict,
				t.model.Name, t.model.Dimension, model.Name, model.Dimension)
		}
		return nil
	}
	collection := s.collectionName(name, model.Dimension)
	if err := s.ensureCollection(ctx, collection, model.Dimension); err != nil {
		return err
	}
	t = newIndex(name, newPartition(name), collection, model)
	if err := s.enter(ctx, t); err != nil {
		return err
	}
	s.setTenant(name, t)
	return nil
}

// DropIndex implements [store.Writer]. Points go when the last cursor that reads
// them is closed; nothing finds them before that.
func (s *Store) DropIndex(ctx context.Context, name string) error {
	unlock, err := lock(ctx, s.preparing)
	if err != nil {
		return err
	}
	defer unlock()
	t, err := s.tenant(name)
	if err != nil || t == nil {
		return err
	}
	done, err := lock(ctx, t.writing)
	if err != nil {
		return err
	}
	defer done()
	if err := s.commit(ctx, t, keyDropped, truth(true)); err != nil {
		return err
	}
	s.setTenant(name, nil)
	t.drop()
	s.sweepNow(ctx, t)
	return nil
}

// setTenant adds a tenant's index, or removes it where it is nil.
func (s *Store) setTenant(name string, t *index) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
	case t == nil:
		delete(s.tenants, name)
	default:
		s.tenants[name] = t
	}
}
