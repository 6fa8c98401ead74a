package qdrant

import (
	"context"
	"fmt"
	"strings"

	qc "github.com/qdrant/go-client/qdrant"
	"google.golang.org/protobuf/proto"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Upsert implements [store.Writer].
func (s *Store) Upsert(ctx context.Context, tenant string, records []store.Record) error {
	t, err := s.tenant(tenant)
	if err != nil {
		return err
	}
	if t == nil {
		return fmt.Errorf("%w: the tenant has no index", eyeshot.ErrConflict)
	}
	objects := make([]eyeshot.Object, len(records))
	for i, record := range records {
		objects[i] = record.Object
		for n, chunk := range record.Chunks {
			if len(chunk.Vector) != t.model.Dimension {
				return wrongDimension(fmt.Sprintf("records[%d].chunks[%d].vector", i, n), len(chunk.Vector), t.model)
			}
		}
	}
	return s.write(ctx, t, objects, nil, func(born int64) error { return s.add(ctx, t, records, born) })
}

// Delete implements [store.Writer].
func (s *Store) Delete(ctx context.Context, tenant string, objects []eyeshot.Object) error {
	t, err := s.tenant(tenant)
	if err != nil || t == nil {
		return err
	}
	return s.write(ctx, t, nil, objects, func(int64) error { return nil })
}

// write runs one numbered write: add brings new points, those that the documents
// had before die, and then all of it counts at once.
func (s *Store) write(ctx context.Context, t *index, added, removed []eyeshot.Object, add func(born int64) error) error {
	if len(added)+len(removed) == 0 {
		return nil
	}
	done, err := lock(ctx, t.writing)
	if err != nil {
		return err
	}
	defer done()
	if err := s.clean(ctx, t); err != nil {
		return err
	}
	t.last++
	at := t.last
	t.unclean = true
	if err := add(at); err != nil {
		return err
	}
	if err := s.bury(ctx, t, append(added, removed...), at); err != nil {
		return err
	}
	if err := s.commit(ctx, t, keyCommitted, whole(at)); err != nil {
		return err
	}
	t.unclean = false
	t.advance(at, true, added, removed)
	s.sweepNow(ctx, t)
	return nil
}

// clean brings the index to what the catalogue says, where a write may have
// ended halfway. The catalogue is asked first: the last write may count although
// its writer was not told so.
func (s *Store) clean(ctx context.Context, t *index) error {
	if t.isDropped() {
		return fmt.Errorf("%w: the tenant's index was dropped", eyeshot.ErrConflict)
	}
	if !t.unclean {
		return nil
	}
	reply, err := s.points.Get(ctx, &qc.GetPoints{CollectionName: s.catalogue(), Ids: []*qc.PointId{t.entry()}, WithPayload: qc.NewWithPayload(true)})
	if err != nil {
		return classify(ctx, "read the catalogue", err)
	}
	if len(reply.GetResult()) == 0 {
		return fmt.Errorf("%w: the tenant's index is not in the catalogue", eyeshot.ErrConflict)
	}
	committed := reply.GetResult()[0].GetPayload()[keyCommitted].GetIntegerValue()
	t.adopt(committed)
	unborn := &qc.Filter{Must: []*qc.Condition{t.isMine(), qc.NewRange(keyBorn, &qc.Range{Gt: number(committed)})}}
	if err := s.deletePoints(ctx, t, unborn); err != nil {
		return err
	}
	undead := &qc.Filter{Must: []*qc.Condition{t.isMine(), qc.NewRange(keyDied, &qc.Range{Gt: number(committed)})}}
	restored, err := s.points.DeletePayload(ctx, &qc.DeletePayloadPoints{CollectionName: t.collection, Wait: qc.PtrOf(true),
		Keys: []string{keyDied}, PointsSelector: qc.NewPointsSelectorFilter(undead)})
	if err := completed(ctx, "take back a write that did not end", restored, err); err != nil {
		return err
	}
	t.unclean = false
	return nil
}

// adopt takes over what the catalogue says.
func (t *index) adopt(committed int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = max(t.last, committed)
	if committed != t.committed {
		t.committed, t.lastDeath, t.listing = committed, committed, nil
	}
}

func (t *index) isDropped() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dropped
}

// Bounds of one upsert.
const (
	lotPoints = 256
	lotBytes  = 8 << 20
)

// add upserts the records' points in lots. All of them are there before any
// counts.
func (s *Store) add(ctx context.Context, t *index, records []store.Record, born int64) error {
	most := lotPoints
	if l, _ := s.limitsOf(t.collection); l.upsert > 0 {
		most = min(most, l.upsert)
	}
	var lot []*qc.PointStruct
	bytes := 0
	flush := func() error {
		if len(lot) == 0 {
			return nil
		}
		reply, err := s.points.Upsert(ctx, &qc.UpsertPoints{CollectionName: t.collection, Wait: qc.PtrOf(true), Points: lot})
		lot, bytes = nil, 0
		return completed(ctx, "upsert points", reply, err)
	}
	for _, record := range records {
		document, err := t.documentPoint(record, born)
		if err != nil {
			return err
		}
		for _, point := range append(s.chunkPoints(t, record, born), document) {
			size := proto.Size(point)
			if len(lot) == most || bytes+size > lotBytes {
				if err := flush(); err != nil {
					return err
				}
			}
			lot, bytes = append(lot, point), bytes+size
		}
	}
	return flush()
}

// completed fails where an operation was taken and is not yet applied: what
// comes next relies on it.
func completed(ctx context.Context, doing string, reply *qc.PointsOperationResponse, err error) error {
	if err != nil {
		return classify(ctx, doing, err)
	}
	if state := reply.GetResult().GetStatus(); state != qc.UpdateStatus_Completed {
		return fmt.Errorf("%s: %w: Qdrant has not applied it yet (%s)", doing, eyeshot.ErrUnavailable, strings.ToLower(state.String()))
	}
	return nil
}

// bury marks the points that the documents had before a write.
func (s *Store) bury(ctx context.Context, t *index, objects []eyeshot.Object, at int64) error {
	l, _ := s.limitsOf(t.collection)
	for _, condition := range anyOf(l, keyObject, objects) {
		old := &qc.Filter{
			Must:    []*qc.Condition{t.isMine(), condition, qc.NewRange(keyBorn, &qc.Range{Lt: number(at)})},
			MustNot: []*qc.Condition{qc.NewRange(keyDied, &qc.Range{Lt: number(at)})},
		}
		reply, err := s.points.SetPayload(ctx, &qc.SetPayloadPoints{CollectionName: t.collection, Wait: qc.PtrOf(true),
			Payload: map[string]*qc.Value{keyDied: whole(at)}, PointsSelector: qc.NewPointsSelectorFilter(old)})
		if err := completed(ctx, "mark replaced points", reply, err); err != nil {
			return err
		}
	}
	return nil
}
