package qdrant

import (
	"context"
	"slices"

	qc "github.com/qdrant/go-client/qdrant"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// walk goes down a ranked list of Qdrant's, deeper with each fetch, and says
// which hits are certain: those that score above whatever may come yet. So ties
// come in the contract's order, and a list that is scored again by the driver
// comes in the order of its own scores. Nothing comes twice, and what was
// fetched is never lost: a hit that an approximate search finds only when it
// looks further comes late, after hits of lower score.
type walk struct {
	*search
	using  string // name of the vector
	query  *qc.Query
	filter *qc.Filter
	keys   *qc.WithPayloadSelector
	// score is a hit's score in this list, given Qdrant's.
	score func(p payload, raw float32) float32
	// ceiling is the most that anything can score that Qdrant scores so or lower,
	// in a fetch of so many.
	ceiling func(raw float32, fetched int) float32
	exact   bool // no graph is walked

	fetched int                            // how many points the last fetch asked for
	ended   bool                           // there is no more to fetch
	known   map[eyeshot.ChunkRef]store.Hit // all that was fetched and may be shown
	given   map[eyeshot.ChunkRef]bool      // what has become certain
	next    []store.Hit
}

// fill makes n hits certain, or all that there are.
func (w *walk) fill(ctx context.Context, n int) error {
	for len(w.next) < n && !w.ended {
		if err := w.deepen(ctx, max(w.fetched*w.growth(), firstPage, n)); err != nil {
			return err
		}
	}
	return nil
}

// growth is how many times more the next fetch asks for: the fewer of the points
// fetched may be shown, the more, for what comes will hardly be better.
func (w *walk) growth() int {
	switch {
	case len(w.known)*64 < w.fetched:
		return 8
	case len(w.known)*8 < w.fetched:
		return 4
	}
	return 2
}

// deepen fetches the best of the list anew, more of them than before.
func (w *walk) deepen(ctx context.Context, limit int) error {
	points, err := w.fetch(ctx, limit)
	if err != nil {
		return err
	}
	if len(points) < limit && !w.exact && !w.limits.noExact {
		// A graph may lose its way under a filter; a scan does not, and it is short
		// where so little matches.
		w.exact = true
		if points, err = w.fetch(ctx, limit); err != nil {
			return err
		}
	}
	w.fetched, w.ended = limit, len(points) < limit
	border := float32(0)
	for i, point := range points {
		if i == 0 || point.GetScore() < border {
			border = point.GetScore()
		}
	}
	if err := w.take(ctx, points); err != nil {
		return err
	}
	w.ascertain(w.ceiling(border, limit))
	return nil
}

// take adds what is new and may be shown (see admit) to what is known.
func (w *walk) take(ctx context.Context, points []*qc.ScoredPoint) error {
	var fresh []store.Hit
	for _, point := range points {
		p := payload(point.GetPayload())
		if !w.view.keep(p, kindChunk) {
			continue
		}
		ref := p.chunkRef()
		if _, met := w.known[ref]; met {
			continue
		}
		if score := w.score(p, point.GetScore()); score > 0 {
			fresh = append(fresh, store.Hit{Ref: ref, Score: score})
		}
	}
	fresh, err := w.admit(ctx, fresh)
	for _, hit := range fresh {
		w.known[hit.Ref] = hit
	}
	return err
}

// ascertain hands on the hits that nothing to come can rank before.
func (w *walk) ascertain(ceiling float32) {
	from := len(w.next)
	for ref, hit := range w.known {
		if !w.given[ref] && (w.ended || hit.Score > ceiling) {
			w.given[ref] = true
			w.next = append(w.next, hit)
		}
	}
	slices.SortFunc(w.next[from:], compareHits)
}

// fetch asks for the best points, in as many answers as strict mode makes of it.
// All of them look at one state of the index, so offsets don't drift.
func (w *walk) fetch(ctx context.Context, limit int) ([]*qc.ScoredPoint, error) {
	var points []*qc.ScoredPoint
	for len(points) < limit {
		page := w.limits.pageSize(limit - len(points))
		reply, err := w.store.points.Query(ctx, &qc.QueryPoints{
			CollectionName: w.view.collection, Query: w.query, Using: &w.using, Filter: w.filter, WithPayload: w.keys,
			Params: w.params(limit), ScoreThreshold: qc.PtrOf(float32(0)),
			Limit: qc.PtrOf(uint64(page)), Offset: qc.PtrOf(uint64(len(points))),
		})
		if err != nil {
			return nil, classify(ctx, "search "+w.using, err)
		}
		points = append(points, reply.GetResult()...)
		if len(reply.GetResult()) < page {
			break
		}
	}
	return points, nil
}

func (w *walk) params(limit int) *qc.SearchParams {
	if w.using != denseVector { // a sparse index is exact by itself
		return nil
	}
	if w.exact && !w.limits.noExact {
		return &qc.SearchParams{Exact: qc.PtrOf(true)}
	}
	config := w.store.config
	ef, oversampling := max(config.EF, limit), config.Oversampling
	if w.limits.ef > 0 {
		ef = min(ef, w.limits.ef)
	}
	if w.limits.oversampling > 0 {
		oversampling = min(oversampling, w.limits.oversampling)
	}
	return &qc.SearchParams{HnswEf: qc.PtrOf(uint64(ef)),
		Quantization: &qc.QuantizationSearchParams{Rescore: qc.PtrOf(true), Oversampling: qc.PtrOf(oversampling)}}
}

// unknown are the refs that may be in the list and have not been met.
func (w *walk) unknown(refs []eyeshot.ChunkRef) []eyeshot.ChunkRef {
	if w.ended {
		return nil
	}
	var unknown []eyeshot.ChunkRef
	for _, ref := range refs {
		if _, met := w.known[ref]; !met && w.scope.allows(ref.Object) {
			unknown = append(unknown, ref)
		}
	}
	return unknown
}
