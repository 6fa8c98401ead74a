package qdrant

import (
	"context"

	qc "github.com/qdrant/go-client/qdrant"

	"github.com/eyeshot-dev/eyeshot"
)

// scrollPage is how many points come at once where no vectors come with them.
const scrollPage = 1000

// scroll visits every point that a filter holds for; what is not of the view is
// left out.
func (s *Store) scroll(ctx context.Context, v view, kind string, filter *qc.Filter, keys *qc.WithPayloadSelector, visit func(payload) error) error {
	request := &qc.ScrollPoints{CollectionName: v.collection, Filter: filter, WithPayload: keys}
	return s.scrollPoints(ctx, v, kind, request, scrollPage, func(point *qc.RetrievedPoint) error { return visit(point.GetPayload()) })
}

func (s *Store) scrollPoints(ctx context.Context, v view, kind string, request *qc.ScrollPoints, page int, visit func(*qc.RetrievedPoint) error) error {
	l, _ := s.limitsOf(v.collection)
	request.Limit = qc.PtrOf(uint32(l.pageSize(page)))
	for {
		reply, err := s.points.Scroll(ctx, request)
		if err != nil {
			return classify(ctx, "read points", err)
		}
		for _, point := range reply.GetResult() {
			if !v.keep(point.GetPayload(), kind) {
				continue
			}
			if err := visit(point); err != nil {
				return err
			}
		}
		if request.Offset = reply.GetNextPageOffset(); request.Offset == nil {
			return nil
		}
	}
}

// byRef visits the chunks of refs that are there.
func (s *Store) byRef(ctx context.Context, v view, refs []eyeshot.ChunkRef, keys *qc.WithPayloadSelector, visit func(payload)) error {
	l, _ := s.limitsOf(v.collection)
	for _, condition := range anyOf(l, keyRef, v.refs(refs)) {
		err := s.scroll(ctx, v, kindChunk, v.filter(kindChunk, condition), keys, func(p payload) error {
			visit(p)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *index) refs(refs []eyeshot.ChunkRef) []string {
	names := make([]string, len(refs))
	for i, ref := range refs {
		names[i] = t.ref(ref)
	}
	return names
}

// count counts the points that a filter holds for.
func (s *Store) count(ctx context.Context, v view, filter *qc.Filter) (int, error) {
	reply, err := s.points.Count(ctx, &qc.CountPoints{CollectionName: v.collection, Filter: filter, Exact: qc.PtrOf(true)})
	return int(reply.GetResult().GetCount()), classify(ctx, "count points", err)
}
