package retriever

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Weights of the fusion. A convex combination of scores, each divided by the
// best readable one, beat reciprocal ranks on every collection it was measured
// on (cranfield, cisi, npl); see docs/retrieval.md.
const (
	weightSemantic = 0.4
	weightKeyword  = 0.6
)

// pageSize is how many hits are taken off a cursor at a time.
const pageSize = 64

// list buffers a cursor, so that it can be walked more than once.
type list struct {
	cursor store.Cursor
	weight float64
	hits   []store.Hit
	ended  bool
	took   time.Duration // by the cursor
}

func newLists(lists store.Lists) []*list {
	var out []*list
	if lists.Semantic != nil {
		out = append(out, &list{cursor: lists.Semantic, weight: weightSemantic})
	}
	if lists.Keyword != nil {
		out = append(out, &list{cursor: lists.Keyword, weight: weightKeyword})
	}
	return out
}

// at returns the i-th hit, reading on where it has to; ok is false past the end.
func (l *list) at(ctx context.Context, i int) (hit store.Hit, ok bool, err error) {
	for i >= len(l.hits) && !l.ended {
		start := time.Now()
		page, err := l.cursor.Next(ctx, pageSize)
		l.took += time.Since(start)
		if err != nil {
			return store.Hit{}, false, err
		}
		l.hits = append(l.hits, page...)
		l.ended = len(page) < pageSize
	}
	if i >= len(l.hits) {
		return store.Hit{}, false, nil
	}
	return l.hits[i], true, nil
}

// objects returns the documents of up to n hits, from the i-th on, as far as
// they have been read.
func (l *list) objects(i, n int) []eyeshot.Object {
	var out []eyeshot.Object
	for ; i < len(l.hits) && len(out) < n; i++ {
		out = append(out, l.hits[i].Ref.Object)
	}
	return out
}

// ranked is a candidate with its fused score.
type ranked struct {
	ref   eyeshot.ChunkRef
	score float64
}

// stream merges the lists into one, ranked by the weighted sum of scores, each
// divided by the best of its list. It is Fagin's threshold algorithm (Fagin,
// Lotem, Naor: Optimal aggregation algorithms for middleware, 2001): what it
// gives next is exactly the next of the full merge, though it reads each list
// only as far down as it has to.
type stream struct {
	lists  []*list
	scale  []float64 // weight / best; 0 where the list has nothing readable
	walked []int     // how far each list has been walked
	seen   map[eyeshot.ChunkRef]bool
	queued rankedHeap
}

func newStream(lists []*list, best []float64) *stream {
	s := &stream{lists: lists, scale: make([]float64, len(lists)), walked: make([]int, len(lists)), seen: map[eyeshot.ChunkRef]bool{}}
	total := 0.0
	for i, list := range lists {
		if best[i] > 0 {
			total += list.weight
		}
	}
	for i, list := range lists {
		if best[i] > 0 {
			s.scale[i] = list.weight / total / best[i]
		}
	}
	return s
}

// next returns the next candidate; ok is false when there are no more.
func (s *stream) next(ctx context.Context) (candidate ranked, ok bool, err error) {
	for {
		bound, more := s.bound()
		if len(s.queued) > 0 && (!more || s.queued[0].score > bound) {
			return heap.Pop(&s.queued).(ranked), true, nil
		}
		if !more {
			return ranked{}, false, nil
		}
		if err := s.advance(ctx); err != nil {
			return ranked{}, false, err
		}
	}
}

// bound is the highest score that a chunk can have which no list has shown yet;
// more is false when all lists are at their end.
func (s *stream) bound() (bound float64, more bool) {
	for i, list := range s.lists {
		if s.scale[i] == 0 || list.ended && s.walked[i] >= len(list.hits) {
			continue
		}
		more = true
		if s.walked[i] == 0 {
			return math.Inf(1), true
		}
		bound += s.scale[i] * float64(list.hits[s.walked[i]-1].Score)
	}
	return bound, more
}

// advance walks a page down every list and queues what it has not seen.
func (s *stream) advance(ctx context.Context) error {
	var fresh []eyeshot.ChunkRef
	for i, list := range s.lists {
		if s.scale[i] == 0 {
			continue
		}
		for range pageSize {
			hit, ok, err := list.at(ctx, s.walked[i])
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			s.walked[i]++
			if !s.seen[hit.Ref] {
				s.seen[hit.Ref] = true
				fresh = append(fresh, hit.Ref)
			}
		}
	}
	return s.queue(ctx, fresh)
}

// queue gives each chunk its score of all lists.
func (s *stream) queue(ctx context.Context, refs []eyeshot.ChunkRef) error {
	totals := make([]float64, len(refs))
	for i, list := range s.lists {
		if s.scale[i] == 0 || len(refs) == 0 {
			continue
		}
		start := time.Now()
		scores, err := list.cursor.Scores(ctx, refs)
		list.took += time.Since(start)
		if err != nil {
			return err
		}
		for j, score := range scores {
			totals[j] += s.scale[i] * float64(score)
		}
	}
	for j, ref := range refs {
		heap.Push(&s.queued, ranked{ref, totals[j]})
	}
	return nil
}

// rankedHeap has the candidate that ranks first on top: by falling score, then
// by rising object, then by rising chunk.
type rankedHeap []ranked

func (h rankedHeap) Len() int      { return len(h) }
func (h rankedHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h rankedHeap) Less(i, j int) bool {
	return cmp.Or(
		cmp.Compare(h[j].score, h[i].score),
		cmp.Compare(h[i].ref.Object, h[j].ref.Object),
		cmp.Compare(h[i].ref.N, h[j].ref.N),
	) < 0
}

// Push and Pop are for package heap.
func (h *rankedHeap) Push(x any) { *h = append(*h, x.(ranked)) }

// Pop removes the last element.
func (h *rankedHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
