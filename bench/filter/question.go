package filter

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
)

// question is one search, and its right answer.
type question struct {
	subject   eyeshot.Object
	vector    []float32
	allowed   *roaring.Bitmap  // documents of the world
	principal int              // among those of the world
	truth     []eyeshot.Object // best first
}

// question draws what a principal asks, and finds the answer by looking at every
// document.
func (s *stage) question(r *rand.Rand, principal int) question {
	graduate := s.world.Principals[principal]
	q := question{subject: graduate.Subject, allowed: graduate.Allowed, principal: principal, vector: s.world.Query(r, graduate)}
	var best []scored // of those seen, the best by falling score
	for at := graduate.Allowed.Iterator(); at.HasNext(); {
		i := at.Next()
		one := scored{s.world.Objects[i], similarity(s.world.Vectors[i], q.vector)}
		if one.score <= 0 || len(best) == s.Limit && compare(one, best[len(best)-1]) > 0 {
			continue
		}
		place, _ := slices.BinarySearchFunc(best, one, compare)
		best = slices.Insert(best, place, one)
		best = best[:min(len(best), s.Limit)]
	}
	for _, one := range best {
		q.truth = append(q.truth, one.object)
	}
	return q
}

type scored struct {
	object eyeshot.Object
	score  float64
}

// compare puts the better one first.
func compare(a, b scored) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.object, b.object))
}

func similarity(a, b []float32) (sum float64) {
	for d, x := range a {
		sum += float64(x) * float64(b[d])
	}
	return sum
}
