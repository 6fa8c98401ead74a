package revoke

import (
	"cmp"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
)

// limit is how many results a search asks for.
const limit = 10

// near is how far apart two scores have to be for their order to be sure.
const near = 1e-4

// verdict is what became of one search.
type verdict struct {
	results int
	due     int // documents that belonged into the answer at every moment of the search
	found   int // of them, those that were in it
	leaks   int // results that could be read at no moment of it
}

// judge holds an answer to what was true between two moments. A document that
// could be read all the time, and is among the best of all that could be read at
// any time, is among the best at each moment: whatever the search saw, it is due.
func (s *stage) judge(user int, query []float32, answer []eyeshot.Object, from, to int) verdict {
	always, ever := s.readable(user, from, to)
	v := verdict{results: len(answer)}
	for _, object := range answer {
		if !ever[s.number[object]] {
			v.leaks++
		}
	}
	for _, document := range s.best(query, ever) {
		if !always[document] {
			continue
		}
		v.due++
		if contains(answer, s.world.objects[document]) {
			v.found++
		}
	}
	return v
}

// readable are the documents that a user could read all the time, and at any time.
func (s *stage) readable(user, from, to int) (always, ever map[int]bool) {
	always, ever = map[int]bool{}, map[int]bool{}
	for document := range s.world.base[user] {
		always[document], ever[document] = true, true
	}
	for i, w := range s.world.swings {
		if w.user != user {
			continue
		}
		throughout, once := s.moments.between(i, from, to)
		for _, document := range w.documents {
			always[document], ever[document] = always[document] || throughout, ever[document] || once
		}
	}
	return always, ever
}

// best are the documents most similar to a query, found by looking at each. What
// is so near to the first that is not among them that rounding might decide, or
// not similar at all, is left out.
func (s *stage) best(query []float32, of map[int]bool) (documents []int) {
	type scored struct {
		document int
		score    float64
	}
	var all []scored
	for document, is := range of {
		if !is {
			continue
		}
		score := 0.0
		for d, x := range s.vectors[document] {
			score += float64(x) * float64(query[d])
		}
		all = append(all, scored{document, score})
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	least := near
	if len(all) > limit {
		least = max(least, all[limit].score+near)
	}
	for _, candidate := range all[:min(len(all), limit)] {
		if candidate.score > least {
			documents = append(documents, candidate.document)
		}
	}
	return documents
}
