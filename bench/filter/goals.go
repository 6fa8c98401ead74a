package filter

import (
	"fmt"
	"math"

	"github.com/eyeshot-dev/eyeshot/bench/report"
)

// goals are the ratios that the design promises, by name.
func (s *stage) goals(cells map[cellKey]*cell) []report.Goal {
	var goals []report.Goal
	worst := func(name, over, under string, bound float64, counts func(share float64) bool) {
		if value := s.extreme(cells, over, under, counts); !math.IsNaN(value) {
			goals = append(goals, report.Goal{Name: name, Value: value, Bound: bound})
		}
	}
	all := func(float64) bool { return true }
	worst("filter tax, up to 5% allowed, worst", nameScope, nameNone, 1, func(share float64) bool { return share <= 0.05 })
	worst("filter tax, worst", nameScope, nameNone, 1.5, all)
	worst("filter tax with the gate, worst", nameOurs, nameNone, 2, all)
	worst("oracle gap, worst", nameScope, namePrivate, 1.5, all)
	goals = append(goals, s.memoryGoals()...)
	goals = append(goals, s.least(cells)...)
	goals = append(goals, s.rowSecurityGoals(cells)...)
	if ours := s.sum(cells, nameOurs); ours != nil {
		goals = append(goals, report.Goal{Name: "ours: recall", Value: mean(ours.recall), Bound: 1, AtLeast: true},
			report.Goal{Name: "ours: leaks", Value: float64(ours.leaks)}, report.Goal{Name: "ours: short lists", Value: float64(ours.short)})
	}
	return goals
}

// memoryGoals is the other half of the oracle gap. Against one principal's own
// index of everything ours has its permission index more; a second principal's
// own index comes on top of the first, and ours is there once.
func (s *stage) memoryGoals() []report.Goal {
	vectors := float64(s.Documents * s.vectorBytes())
	return []report.Goal{{Name: "oracle gap, memory: ours for everybody / one private index of all documents", Value: (vectors + float64(s.bytes[nameScope])) / vectors, Bound: 1.1}}
}

// extreme is the largest ratio at any share that counts.
func (s *stage) extreme(cells map[cellKey]*cell, over, under string, counts func(float64) bool) float64 {
	most := math.NaN()
	for _, share := range s.Shares {
		a, b := cells[cellKey{over, share}], cells[cellKey{under, share}]
		if a != nil && b != nil && counts(share) {
			if ratio := pairs(a, b).Value; math.IsNaN(most) || ratio > most {
				most = ratio
			}
		}
	}
	return most
}

// least are the ratios that should be large: over-fetching at 1%, and listing at
// the share that is nearest to 10,000 documents.
func (s *stage) least(cells map[cellKey]*cell) []report.Goal {
	var goals []report.Goal
	for _, share := range s.Shares {
		ours := cells[cellKey{nameOurs, share}]
		if other := cells[cellKey{nameDoubling, share}]; share == 0.01 && ours != nil && other != nil {
			goals = append(goals, report.Goal{Name: "over-fetch, doubling / ours, 1% allowed", Value: pairs(other, ours).Value, Bound: 10, AtLeast: true})
		}
		if other := cells[cellKey{nameList, share}]; share == s.nearest(10_000) && ours != nil && other != nil {
			name := fmt.Sprintf("list, then filter / ours, %d allowed", s.allowed(share))
			goals = append(goals, report.Goal{Name: name, Value: pairs(other, ours).Value, Bound: 100, AtLeast: true})
		}
	}
	return goals
}

func (s *stage) nearest(documents int) float64 {
	best := s.Shares[0]
	for _, share := range s.Shares {
		if distance(s.allowed(share), documents) < distance(s.allowed(best), documents) {
			best = share
		}
	}
	return best
}

func distance(a, b int) int { return max(a-b, b-a) }

// sum is what a way did at all shares.
func (s *stage) sum(cells map[cellKey]*cell, name string) *cell {
	var total *cell
	for _, share := range s.Shares {
		c := cells[cellKey{name, share}]
		if c == nil {
			continue
		}
		if total == nil {
			total = &cell{}
		}
		total.recall = append(total.recall, c.recall...)
		total.leaks, total.short = total.leaks+c.leaks, total.short+c.short
	}
	return total
}
