package filter

import (
	"fmt"
	"math"

	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

func (s *stage) report(ways []way, cells map[cellKey]*cell) *report.Report {
	r := &report.Report{World: s.world.Describe()}
	r.World["relationships"], r.World["limit"], r.World["queries"] = len(s.world.Relationships), s.Limit, s.Queries
	r.World["store"] = s.store.Capabilities().Name
	for _, share := range s.Shares {
		r.Tables = append(r.Tables, s.table(r, ways, share, cells))
	}
	r.Tables = append(r.Tables, s.memory(ways))
	r.Plots = []report.Plot{
		s.plot(ways, cells, "Latency by the share that may be read", "p50, ms by the clock", true, func(c *cell) float64 { return measure.Quantile(c.meter.Wall, 0.5) / 1e3 }),
		s.plot(ways, cells, "Recall by the share that may be read", "recall@"+fmt.Sprint(s.Limit), false, func(c *cell) float64 { return mean(c.recall) }),
	}
	r.Goals = s.goals(cells)
	r.Notes = []string{
		"Every question is asked in every way, in an order drawn anew each time; ratios are of pairs, of processor time of the process. n is how often.",
		"A way over its budget of time at a share asks no more there. Over-fetching stops at " + fmt.Sprint(mostChecks) + " checks a search.",
		"“no permissions” answers another question and has no recall. “principals on documents” lists no more than the principals of this benchmark, so it is shown cheaper than it would be.",
	}
	return r
}

// table is one share: a row a way.
func (s *stage) table(r *report.Report, ways []way, share float64, cells map[cellKey]*cell) report.Table {
	t := report.Table{
		Title: fmt.Sprintf("%s of %d documents may be read (%d)", percent(share), s.Documents, s.allowed(share)),
		Head:  []string{"", "p50 ms", "p95", "p99", "processor p50", "× ours", "recall", "short", "leaks", "checks", "n"},
	}
	ours := cells[cellKey{nameOurs, share}]
	for _, w := range ways {
		c := cells[cellKey{w.name, share}]
		t.Rows = append(t.Rows, row(w, c, ours))
		r.Add(fmt.Sprintf("%s, %s", w.name, percent(share)), "µs of processor time, p50", measure.Quantile(c.meter.CPU, 0.5), c.meter.CPU)
	}
	return t
}

// row is one way in a table.
func row(w way, c, ours *cell) []string {
	ms := func(q float64) string { return report.Number(measure.Quantile(c.meter.Wall, q) / 1e3) }
	ratio, recall, short, leaks := "", report.Number(mean(c.recall)), fmt.Sprint(c.short), fmt.Sprint(c.leaks)
	if ours != nil && ours != c {
		ratio = report.Range(pairs(c, ours))
	}
	if w.ignores {
		recall, short, leaks = "", "", ""
	}
	return []string{
		w.name, ms(0.5), ms(0.95), ms(0.99), report.Number(measure.Quantile(c.meter.CPU, 0.5) / 1e3), ratio,
		recall, short, leaks, report.Number(mean(c.checks)), fmt.Sprint(len(c.recall)),
	}
}

// pairs is the ratio over the questions that both were asked: each way asks the
// first so many.
func pairs(over, under *cell) measure.Interval {
	n := min(len(over.meter.CPU), len(under.meter.CPU))
	return measure.Ratio(over.meter.CPU[:n], under.meter.CPU[:n], 0.5, true)
}

func (s *stage) memory(ways []way) report.Table {
	t := report.Table{Title: "What each keeps beside the documents and their vectors", Head: []string{"", "bytes a document"}}
	for _, w := range ways {
		text := report.Number(float64(s.bytes[w.name]) / float64(s.Documents))
		switch w.name {
		case namePrivate:
			text += fmt.Sprintf(" for %d principals", len(s.world.Principals))
		case nameFlattened:
			text += fmt.Sprintf(" for %d principals", len(s.world.Principals))
		}
		t.Rows = append(t.Rows, []string{w.name, text})
	}
	return t
}

func (s *stage) plot(ways []way, cells map[cellKey]*cell, title, y string, logarithmic bool, value func(*cell) float64) report.Plot {
	p := report.Plot{Title: title, X: "share of all documents", Y: y, LogX: true, LogY: logarithmic}
	for _, w := range ways {
		line := report.Line{Name: w.name}
		for _, share := range s.Shares {
			if c := cells[cellKey{w.name, share}]; c != nil && !(w.ignores && !logarithmic) {
				line.Points = append(line.Points, [2]float64{share, value(c)})
			}
		}
		p.Lines = append(p.Lines, line)
	}
	return p
}

func (s *stage) allowed(share float64) int {
	return max(int(math.Round(share*float64(s.Documents))), 1)
}

func percent(share float64) string { return report.Number(share*100) + "%" }

func mean(samples []float64) float64 {
	sum := 0.0
	for _, v := range samples {
		sum += v
	}
	return sum / float64(len(samples))
}

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
	goals = append(goals, s.least(cells)...)
	if ours := s.sum(cells, nameOurs); ours != nil {
		goals = append(goals, report.Goal{Name: "ours: recall", Value: mean(ours.recall), Bound: 1, AtLeast: true},
			report.Goal{Name: "ours: leaks", Value: float64(ours.leaks)}, report.Goal{Name: "ours: short lists", Value: float64(ours.short)})
	}
	return goals
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
