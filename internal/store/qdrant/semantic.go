package qdrant

import (
	"context"

	qc "github.com/qdrant/go-client/qdrant"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// semanticList is the list by cosine similarity.
type semanticList struct {
	*search
	vector []float32
	walk   *walk // nil before the first fetch
	none   []store.Hit
}

var _ source = (*semanticList)(nil)

func (l *semanticList) fill(ctx context.Context, n int) error {
	if l.scope.none || isZero(l.vector) {
		return nil
	}
	if l.walk == nil {
		l.walk = l.newWalk(l.scope.condition, l.where.condition)
	}
	return l.walk.fill(ctx, n)
}

func (l *semanticList) newWalk(conditions ...*qc.Condition) *walk {
	return &walk{
		search: l.search, using: denseVector, query: qc.NewQueryDense(l.vector), filter: l.view.filter(kindChunk, conditions...), keys: checked(),
		score:   func(_ payload, raw float32) float32 { return raw },
		ceiling: func(raw float32, _ int) float32 { return raw },
		exact:   l.scope.exact || l.store.config.Exact,
		known:   map[eyeshot.ChunkRef]store.Hit{}, given: map[eyeshot.ChunkRef]bool{},
	}
}

func (l *semanticList) ready() *[]store.Hit {
	if l.walk == nil {
		return &l.none
	}
	return &l.walk.next
}

// scores asks Qdrant for the scores of chunks that the walk has not come to.
func (l *semanticList) scores(ctx context.Context, refs []eyeshot.ChunkRef) (map[eyeshot.ChunkRef]float32, error) {
	scores := map[eyeshot.ChunkRef]float32{}
	if l.walk == nil {
		return scores, nil
	}
	for _, condition := range anyOf(l.limits, keyRef, l.view.refs(l.walk.unknown(refs))) {
		aside := l.newWalk(l.scope.condition, l.where.condition, condition)
		aside.exact = true
		if err := aside.fill(ctx, len(refs)); err != nil {
			return nil, err
		}
		for ref, hit := range aside.known {
			scores[ref] = hit.Score
		}
	}
	for _, ref := range refs {
		if hit, met := l.walk.known[ref]; met {
			scores[ref] = hit.Score
		}
	}
	return scores, nil
}

func isZero(vector []float32) bool {
	for _, x := range vector {
		if x != 0 {
			return false
		}
	}
	return true
}
