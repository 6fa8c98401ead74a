package fakeqdrant

import (
	"cmp"
	"context"
	"math"
	"slices"

	qc "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Query finds the points nearest to a vector. Points of equal score come in no
// order that a client could rely on: here, by id.
func (s points) Query(_ context.Context, r *qc.QueryPoints) (*qc.QueryResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	found, err := s.query(c, r)
	return &qc.QueryResponse{Result: found}, err
}

// QueryBatch runs queries one by one.
func (s points) QueryBatch(_ context.Context, r *qc.QueryBatchPoints) (*qc.QueryBatchResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	reply := &qc.QueryBatchResponse{}
	for _, query := range r.GetQueryPoints() {
		c, err := s.find(r.GetCollectionName())
		if err != nil {
			return nil, err
		}
		found, err := s.query(c, query)
		if err != nil {
			return nil, err
		}
		reply.Result = append(reply.Result, &qc.BatchResult{Result: found})
	}
	return reply, nil
}

// scored is a point with its score.
type scored struct {
	*point
	score float32
}

func (s points) query(c *collection, r *qc.QueryPoints) ([]*qc.ScoredPoint, error) {
	if len(r.GetPrefetch()) > 0 || r.GetQuery().GetNearest() == nil {
		return nil, status.Error(codes.Unimplemented, "the fake answers nearest alone, without prefetch")
	}
	limit := 10
	if r.Limit != nil {
		limit = int(r.GetLimit())
	}
	if limit < 1 {
		return nil, badInput("Validation error in body: [limit: value 0 invalid, must be 1 or larger]")
	}
	if err := c.allowsSearch(uint64(limit), r.GetParams()); err != nil {
		return nil, err
	}
	score, err := c.scorer(r.GetUsing(), r.GetQuery().GetNearest())
	if err != nil {
		return nil, err
	}
	list, err := s.reading(c, r.GetFilter())
	if err != nil {
		return nil, err
	}
	found := nearest(list, score, r.ScoreThreshold)
	if s.options.LosesItsWay && r.GetFilter() != nil && r.GetUsing() != "" && c.dense[r.GetUsing()] != nil && !r.GetParams().GetExact() {
		found = found[:len(found)/2]
	}
	found = found[min(int(r.GetOffset()), len(found)):]
	return s.answers(found[:min(limit, len(found))], r)
}

func nearest(list []*point, score func(*point) (float32, bool), threshold *float32) []scored {
	var found []scored
	for _, p := range list {
		if s, has := score(p); has && (threshold == nil || s > *threshold) {
			found = append(found, scored{p, s})
		}
	}
	slices.SortFunc(found, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.key, b.key)) })
	return found
}

func (s points) answers(found []scored, r *qc.QueryPoints) ([]*qc.ScoredPoint, error) {
	list := make([]*qc.ScoredPoint, len(found))
	for i, one := range found {
		payload, err := chosen(one.payload, r.GetWithPayload(), false)
		if err != nil {
			return nil, err
		}
		list[i] = &qc.ScoredPoint{Id: one.id, Score: one.score, Payload: payload, Vectors: one.output(r.GetWithVectors(), s.isOlder())}
	}
	return list, nil
}

// scorer says how near a point is; points without the vector are not found.
func (c *collection) scorer(using string, query *qc.VectorInput) (func(*point) (float32, bool), error) {
	switch {
	case c.dense[using] != nil && query.GetDense() != nil:
		if distance := c.dense[using].GetDistance(); distance != qc.Distance_Dot && distance != qc.Distance_Cosine {
			return nil, status.Error(codes.Unimplemented, "the fake knows the distances Dot and Cosine alone")
		}
		wanted, err := c.denseOf(using, query.GetDense().GetData())
		return func(p *point) (float32, bool) {
			vector := p.dense[using]
			return dot(wanted, vector), vector != nil
		}, err
	case c.sparse[using] != nil && query.GetSparse() != nil:
		wanted, err := sparseOf(query.GetSparse())
		if c.sparse[using].GetModifier() == qc.Modifier_Idf {
			c.weigh(using, wanted)
		}
		return func(p *point) (float32, bool) { return overlap(wanted, p.sparse[using]) }, err
	case c.dense[using] == nil && c.sparse[using] == nil:
		return nil, badInput("Not existing vector name error: " + using)
	}
	return nil, badInput("Vector of another kind than " + using + " expects")
}

func dot(a, b []float32) float32 {
	sum := 0.0
	for i := range b {
		sum += float64(a[i]) * float64(b[i])
	}
	return float32(sum)
}

// overlap is the dot product over the indices that both have; without one the
// point is not found.
func overlap(a, b map[uint32]float32) (float32, bool) {
	sum, met := 0.0, false
	for index, weight := range a {
		if other, both := b[index]; both {
			sum, met = sum+float64(weight)*float64(other), true
		}
	}
	return float32(sum), met
}

// weigh multiplies a query's weights by inverse document frequencies, as the
// modifier has it: over all points of the collection, whatever the filter.
func (c *collection) weigh(using string, query map[uint32]float32) {
	points, holding := 0.0, map[uint32]float64{}
	for _, p := range c.points {
		if p.sparse[using] == nil {
			continue
		}
		points++
		for index := range query {
			if _, holds := p.sparse[using][index]; holds {
				holding[index]++
			}
		}
	}
	for index := range query {
		query[index] *= float32(math.Log(1 + (points-holding[index]+0.5)/(holding[index]+0.5)))
	}
}
