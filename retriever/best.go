package retriever

import (
	"context"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
)

// bestReadable returns, for each list, the score of its best chunk that the
// principal may read, and 0 where there is none.
//
// SECURITY: scores are given relative to it, so that no score that a caller
// sees depends on a document that it may not read.
func (s *search) bestReadable(ctx context.Context, lists []*list) ([]float64, error) {
	heads, err := s.warmUp(ctx, lists)
	if err != nil {
		return nil, err
	}
	best := make([]float64, len(lists))
	for i, list := range lists {
		if best[i], err = s.firstAllowed(ctx, list, heads[i]); err != nil {
			return nil, err
		}
	}
	return best, nil
}

// warmUp guesses that the head of each list is readable, which it is where the
// scope is exact, and lets the gate decide about the heads and about what the
// answer would then be, all in one batch. It returns the heads' scores.
func (s *search) warmUp(ctx context.Context, lists []*list) ([]float64, error) {
	heads := make([]float64, len(lists))
	var objects []eyeshot.Object
	for i, list := range lists {
		hit, ok, err := list.at(ctx, 0)
		if err != nil {
			return nil, fmt.Errorf("searching the store: %w", err)
		}
		if ok {
			heads[i] = float64(hit.Score)
			objects = append(objects, hit.Ref.Object)
		}
	}
	lot, _, err := s.lot(ctx, newStream(lists, heads), s.request.Limit, map[eyeshot.Object]int{})
	if err != nil {
		return nil, err
	}
	for _, candidate := range lot {
		objects = append(objects, candidate.ref.Object)
	}
	return heads, s.judge(ctx, objects)
}

// firstAllowed walks a list down to the first chunk that the gate allows.
func (s *search) firstAllowed(ctx context.Context, list *list, head float64) (float64, error) {
	if head == 0 {
		return 0, nil
	}
	for i := 0; ; i++ {
		hit, ok, err := list.at(ctx, i)
		if err != nil {
			return 0, fmt.Errorf("searching the store: %w", err)
		}
		if ok && s.verdicts[hit.Ref.Object].allowed { // known already: that costs nothing
			return float64(hit.Score), nil
		}
		if !ok || !s.withinBudget() {
			return 0, nil
		}
		if !s.verdicts[hit.Ref.Object].known {
			if err := s.judge(ctx, list.objects(i, s.request.Limit)); err != nil {
				return 0, err
			}
		}
		if s.verdicts[hit.Ref.Object].allowed {
			return float64(hit.Score), nil
		}
	}
}
