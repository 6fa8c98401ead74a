package fakeqdrant

import (
	"cmp"
	"context"
	"slices"

	qc "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// reading lists the points that pass a filter, as strict mode allows it, by
// rising id.
func (s points) reading(c *collection, f *qc.Filter) ([]*point, error) {
	if err := c.allowsRead(f); err != nil {
		return nil, err
	}
	passes, err := c.compile(f)
	if err != nil {
		return nil, err
	}
	if s.options.IgnoreFilters {
		f, passes = nil, everything
	}
	return c.passing(f, passes)
}

// Scroll gives the points that pass, by rising id.
func (s points) Scroll(_ context.Context, r *qc.ScrollPoints) (*qc.ScrollResponse, error) {
	if r.OrderBy != nil {
		return nil, status.Error(codes.Unimplemented, "the fake orders by id alone")
	}
	limit := 10
	if r.Limit != nil {
		limit = int(r.GetLimit())
	}
	if limit < 1 {
		return nil, badInput("Validation error in body: [limit: value 0 invalid, must be 1 or larger]")
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	if err := c.allowsLimit(uint64(limit)); err != nil {
		return nil, err
	}
	list, err := s.reading(c, r.GetFilter())
	if err != nil {
		return nil, err
	}
	from := ""
	if r.Offset != nil {
		if from, err = idKey(r.GetOffset()); err != nil {
			return nil, err
		}
	}
	return s.scroll(list, from, limit, r)
}

func (s points) scroll(list []*point, from string, limit int, r *qc.ScrollPoints) (*qc.ScrollResponse, error) {
	reply := &qc.ScrollResponse{}
	start, _ := slices.BinarySearchFunc(list, from, func(p *point, key string) int { return cmp.Compare(p.key, key) })
	page := list[start:]
	if len(page) > limit {
		reply.NextPageOffset, page = page[limit].id, page[:limit]
	}
	for _, p := range page {
		retrieved, err := s.retrieved(p, r.GetWithPayload(), r.GetWithVectors(), true)
		if err != nil {
			return nil, err
		}
		reply.Result = append(reply.Result, retrieved)
	}
	return reply, nil
}

// Count counts the points that pass; its estimates are exact.
func (s points) Count(_ context.Context, r *qc.CountPoints) (*qc.CountResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	list, err := s.reading(c, r.GetFilter())
	if err != nil {
		return nil, err
	}
	return &qc.CountResponse{Result: &qc.CountResult{Count: uint64(len(list))}}, nil
}

// Facet counts the points that have each value of a key: most first, then by
// value. It takes an index that can match.
func (s points) Facet(_ context.Context, r *qc.FacetCounts) (*qc.FacetResponse, error) {
	limit := 10
	if r.Limit != nil {
		limit = int(r.GetLimit())
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	params := c.indexes[r.GetKey()]
	integer := params.GetIntegerIndexParams()
	if params.GetKeywordIndexParams() == nil && (integer == nil || integer.Lookup != nil && !integer.GetLookup()) {
		return nil, badInput("No appropriate index for faceting: `" + r.GetKey() + "`. Please create one to facet on this field.")
	}
	if err := c.allowsLimit(uint64(limit)); err != nil {
		return nil, err
	}
	list, err := s.reading(c, r.GetFilter())
	if err != nil {
		return nil, err
	}
	path, err := parsePath(r.GetKey())
	if err != nil {
		return nil, err
	}
	if integer != nil {
		return &qc.FacetResponse{Hits: facet(list, path, asInteger, limit, func(n int64) *qc.FacetValue {
			return &qc.FacetValue{Variant: &qc.FacetValue_IntegerValue{IntegerValue: n}}
		})}, nil
	}
	return &qc.FacetResponse{Hits: facet(list, path, asText, limit, qc.NewFacetValue)}, nil
}

func facet[T cmp.Ordered](list []*point, path path, as func(*qc.Value) (T, bool), limit int, wrap func(T) *qc.FacetValue) []*qc.FacetHit {
	counts := map[T]uint64{}
	for _, p := range list {
		has := map[T]bool{}
		for _, value := range path.get(p.payload) {
			each(value, func(one *qc.Value) bool {
				if v, is := as(one); is && !has[v] {
					has[v] = true
					counts[v]++
				}
				return false
			})
		}
	}
	var values []T
	for value := range counts {
		values = append(values, value)
	}
	slices.SortFunc(values, func(a, b T) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	var hits []*qc.FacetHit
	for _, value := range values[:min(limit, len(values))] {
		hits = append(hits, &qc.FacetHit{Value: wrap(value), Count: counts[value]})
	}
	return hits
}
