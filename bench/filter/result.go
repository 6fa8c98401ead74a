package filter

import (
	"fmt"

	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

func (s *stage) report(cells map[cellKey]*cell) *report.Report {
	r := &report.Report{World: s.world.Describe()}
	ways := s.chosen
	r.World["relationships"], r.World["limit"], r.World["queries"] = len(s.world.Relationships), s.Limit, s.Queries
	r.World["store"] = s.store.Capabilities().Name
	for _, share := range s.Shares {
		r.Tables = append(r.Tables, s.table(r, ways, share, cells))
	}
	r.Tables = append(r.Tables, s.memory(ways))
	r.Notes = append(r.Notes, s.aboutPostgres(r, cells)...)
	r.Plots = []report.Plot{
		s.plot(ways, cells, "Latency by the share that may be read", "p50, ms by the clock", true, func(c *cell) float64 { return measure.Quantile(c.meter.Wall, 0.5) / 1e3 }),
		s.plot(ways, cells, "Recall by the share that may be read", "recall@"+fmt.Sprint(s.Limit), false, func(c *cell) float64 { return mean(c.recall) }),
	}
	r.Goals = s.goals(cells)
	r.Notes = append(r.Notes,
		"Every question is asked in every way, in an order drawn anew each time; ratios are of pairs, of processor time of the process. n is how often.",
		"A way over its budget of time at a share asks no more there. Over-fetching stops at "+fmt.Sprint(mostChecks)+" checks a search.",
		"Memory counts what a search needs in memory: vectors at 4 bytes a dimension, the same for ours and for a private index, and our permission index with everybody's relationships. Text and keywords are the same for both and left out.",
		"“no permissions” answers another question and has no recall. “principals on documents” lists no more than the principals of this benchmark, so it is shown cheaper than it would be.",
	)
	if left := s.withoutPrivate(); left > 0 && s.wants(namePrivate) {
		r.Notes = append(r.Notes, fmt.Sprintf("%d of %d principals may read more than %d documents and have no private index here; it is measured for the others.", left, len(s.world.Principals), mostPrivate))
	}
	return r
}

func (s *stage) withoutPrivate() (n int) {
	for i := range s.world.Principals {
		if !s.hasPrivate(i) {
			n++
		}
	}
	return n
}

// table is one share: a row a way.
func (s *stage) table(r *report.Report, ways []way, share float64, cells map[cellKey]*cell) report.Table {
	t := report.Table{
		Title: fmt.Sprintf("%s of %d documents may be read", s.about(share), s.Documents),
		Head:  []string{"", "p50 ms", "p95", "p99", "processor p50", "× ours", "recall", "short", "leaks", "checks", "n"},
	}
	ours := cells[cellKey{nameOurs, share}]
	for _, w := range ways {
		c := cells[cellKey{w.name, share}]
		if c == nil { // it lacks what it takes
			continue
		}
		t.Rows = append(t.Rows, row(w, c, ours, s.clocked(w)))
		if s.clocked(w) {
			r.Add(fmt.Sprintf("%s, %s", w.name, percent(share)), "µs by the clock, p50", measure.Quantile(c.meter.Wall, 0.5), c.meter.Wall)
		} else {
			r.Add(fmt.Sprintf("%s, %s", w.name, percent(share)), "µs of processor time, p50", measure.Quantile(c.meter.CPU, 0.5), c.meter.CPU)
		}
	}
	return t
}

// row is one way in a table.
func row(w way, c, ours *cell, clocked bool) []string {
	ms := func(q float64) string { return report.Number(measure.Quantile(c.meter.Wall, q) / 1e3) }
	ratio, recall, short, leaks := "", report.Number(mean(c.recall)), fmt.Sprint(c.short), fmt.Sprint(c.leaks)
	if ours != nil && ours != c {
		ratio = report.Range(pairs(c, ours))
	}
	processor := report.Number(measure.Quantile(c.meter.CPU, 0.5) / 1e3)
	if clocked {
		processor = ""
		if ours != nil {
			ratio = report.Range(paired(c.meter.Wall, ours.meter.Wall)) + " by the clock"
		}
	}
	if w.ignores {
		recall, short, leaks = "", "", ""
	}
	return []string{
		w.name, ms(0.5), ms(0.95), ms(0.99), processor, ratio,
		recall, short, leaks, report.Number(mean(c.checks)), fmt.Sprint(len(c.recall)),
	}
}

// clocked says that a way's processor time is not known.
func (s *stage) clocked(w way) bool { return w.elsewhere && s.postgres.spent == nil }

// pairs is the ratio over the questions that both were asked.
func pairs(over, under *cell) measure.Interval { return paired(over.meter.CPU, under.meter.CPU) }

// paired is the ratio of samples that are of the same questions: each way asks the
// first so many.
func paired(over, under []float64) measure.Interval {
	n := min(len(over), len(under))
	return measure.Ratio(over[:n], under[:n], 0.5, true)
}

func (s *stage) memory(ways []way) report.Table {
	t := report.Table{Title: "What each keeps beside the documents and their vectors", Head: []string{"", "bytes a document"}}
	for _, w := range ways {
		text := report.Number(float64(s.bytes[w.name]) / float64(s.Documents))
		switch w.name {
		case namePrivate:
			text += fmt.Sprintf(" for %d principals", len(s.world.Principals)-s.withoutPrivate())
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

// allowed is how many documents principals of a share may read, of which a real
// access list has some with a little more and some with a little less.
func (s *stage) allowed(share float64) int {
	few, many := s.bounds(share)
	return (few + many) / 2
}

func (s *stage) bounds(share float64) (few, many int) {
	few = s.Documents
	for _, principal := range s.world.Principals {
		if n := int(principal.Allowed.GetCardinality()); principal.Share == share {
			few, many = min(few, n), max(many, n)
		}
	}
	return few, many
}

// about names a share, and the documents that it comes to.
func (s *stage) about(share float64) string {
	few, many := s.bounds(share)
	switch {
	case few < many:
		return fmt.Sprintf("about %s (%d to %d)", percent(share), few, many)
	case s.Matrix != nil || s.Tickets != nil:
		return fmt.Sprintf("about %s (%d)", percent(share), few)
	}
	return fmt.Sprintf("%s (%d)", percent(share), few)
}

func percent(share float64) string { return report.Number(share*100) + "%" }

func mean(samples []float64) float64 {
	sum := 0.0
	for _, v := range samples {
		sum += v
	}
	return sum / float64(len(samples))
}
