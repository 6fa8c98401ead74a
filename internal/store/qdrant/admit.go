package qdrant

import (
	"context"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// admit drops the hits that are not allowed, or that the part of the filter
// which Qdrant could not take does not hold for.
func (q *search) admit(ctx context.Context, hits []store.Hit) ([]store.Hit, error) {
	kept := hits[:0]
	for _, hit := range hits {
		if q.scope.allows(hit.Ref.Object) { // SECURITY: nothing gets into a list but by here
			kept = append(kept, hit)
		}
	}
	if q.where.rest == nil {
		return kept, nil
	}
	return q.match(ctx, kept)
}

// match keeps the hits whose documents the rest of the filter holds for.
func (q *search) match(ctx context.Context, hits []store.Hit) ([]store.Hit, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.learn(ctx, hits); err != nil {
		return nil, err
	}
	kept := hits[:0]
	for _, hit := range hits {
		if q.matches[hit.Ref.Object] {
			kept = append(kept, hit)
		}
	}
	return kept, nil
}

// learn holds documents that were not met before against the rest of the filter.
func (q *search) learn(ctx context.Context, hits []store.Hit) error {
	var unknown []eyeshot.Object
	met := map[eyeshot.Object]bool{}
	for _, hit := range hits {
		object := hit.Ref.Object
		if _, known := q.matches[object]; !known && !met[object] {
			met[object] = true
			unknown = append(unknown, object)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	records, err := q.store.records(ctx, q.view, unknown)
	if err != nil {
		return err
	}
	for _, object := range unknown {
		record := records[object]
		q.matches[object] = record != nil && store.Match(q.where.rest, record.Value)
	}
	return nil
}
