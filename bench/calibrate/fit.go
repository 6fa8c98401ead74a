package calibrate

import (
	"math"
	"time"

	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// fitAll fits a cost to the points of each way, and notes in them what it says.
func fitAll(capabilities store.Capabilities, points []Point) store.Costs {
	costs := store.Costs{}
	for _, way := range capabilities.Ways {
		var own []Point
		for _, p := range points {
			if p.Way == way {
				own = append(own, p)
			}
		}
		costs[way] = fit(own, capabilities)
	}
	for i, p := range points {
		points[i].Fitted = costs[p.Way].Of(p.Load)
	}
	return costs
}

// terms are the factors of a cost's coefficients, in their order.
func terms(way store.Way, l store.Load, capabilities store.Capabilities) [5]float64 {
	t := [5]float64{1, float64(l.Allowed), float64(l.Documents)}
	if way == store.Exact {
		t[2] = 0 // it never looks at what is not allowed
	}
	if way == store.Filtered && capabilities.Readers {
		t[3] = float64(l.Memberships)
	}
	if way == store.Unfiltered || way == store.Filtered && capabilities.Approximate {
		t[4] = l.Visited()
	}
	return t
}

// fit finds the coefficients, none below 0, whose relative errors have the least
// squares: being wrong by a millisecond matters where a search takes one. It
// improves one coefficient after the other until none changes (coordinate
// descent, which converges for non-negative least squares: Franc, Hlaváč,
// Navara, Sequential Coordinate-Wise Algorithm, 2005).
func fit(points []Point, capabilities store.Capabilities) store.Cost {
	var rows [][5]float64 // each divided by what was measured, so the target is 1
	for _, p := range points {
		row := terms(p.Way, p.Load, capabilities)
		for i := range row {
			row[i] /= float64(max(p.Median, time.Nanosecond))
		}
		rows = append(rows, row)
	}
	var c [5]float64
	for range 20_000 {
		moved := 0.0
		for i := range c {
			moved = max(moved, improve(rows, &c, i))
		}
		if moved < 1e-9 {
			break
		}
	}
	return store.Cost{Fixed: c[0], PerAllowed: c[1], PerDocument: c[2], PerMembership: c[3], PerVisited: c[4]}
}

// improve sets a coefficient to what is best for it while the others stay, and
// returns by how much that moved any prediction.
func improve(rows [][5]float64, c *[5]float64, i int) float64 {
	gradient, curvature, largest := 0.0, 0.0, 0.0
	for _, row := range rows {
		rest := 1.0
		for j, x := range row {
			rest -= c[j] * x
		}
		gradient += rest * row[i]
		curvature += row[i] * row[i]
		largest = max(largest, row[i])
	}
	if curvature == 0 {
		return 0
	}
	next := max(0, c[i]+gradient/curvature)
	moved := math.Abs(next-c[i]) * largest
	c[i] = next
	return moved
}
