package quality

import (
	"fmt"
	"math"

	"github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

func fillReport(r *report.Report, sets []string, cells map[cellKey]*cell) {
	open := report.Table{Title: "Everything readable", Head: []string{"", "mode", "nDCG@10", "recall@100", "questions"}}
	for _, set := range sets {
		for _, mode := range modes() {
			c := cells[cellKey{set, mode, 100}]
			open.Rows = append(open.Rows, []string{set, string(mode), figure(mean(c.ours)), figure(mean(c.recalls)), fmt.Sprint(len(c.ours))})
			r.Add(fmt.Sprintf("%s, %s", set, mode), "nDCG@10", mean(c.ours), numbers(c.ours))
		}
	}
	r.Tables = append(r.Tables, open)
	for _, set := range sets {
		r.Tables = append(r.Tables, under(set, cells))
		r.Plots = append(r.Plots, plot(set, cells))
	}
	r.Goals = goals(sets, cells)
	r.Notes = []string{"“Over-fetched” is the first ten that may be read among the best hundred of all. An answer is the same as a private index's where all of up to a hundred results are, in their order."}
}

// under is one set under permissions.
func under(set string, cells map[cellKey]*cell) report.Table {
	t := report.Table{
		Title: set + ", under permissions: nDCG@10 against what may be read",
		Head:  []string{"may be read", "mode", "ours", "private index", "over-fetched", "recall@100", "same as private", "scores differ by", "over-fetched short"},
	}
	for _, share := range shares() {
		for _, mode := range modes() {
			c := cells[cellKey{set, mode, share}]
			t.Rows = append(t.Rows, []string{
				fmt.Sprintf("%d%%", share), string(mode), figure(mean(c.ours)), figure(mean(c.private)), figure(mean(c.overFetch)),
				figure(mean(c.recalls)), fmt.Sprintf("%d/%d", c.same, len(c.ours)), report.Number(c.differs), fmt.Sprint(c.short),
			})
		}
	}
	return t
}

func plot(set string, cells map[cellKey]*cell) report.Plot {
	p := report.Plot{Title: set + ", hybrid", X: "% that may be read", Y: "nDCG@10", LogX: true}
	for _, line := range []struct {
		name  string
		value func(*cell) []float64
	}{
		{"ours", func(c *cell) []float64 { return c.ours }}, {"private index", func(c *cell) []float64 { return c.private }},
		{"over-fetched", func(c *cell) []float64 { return c.overFetch }},
	} {
		l := report.Line{Name: line.name}
		for _, share := range shares() {
			l.Points = append(l.Points, [2]float64{float64(share), mean(line.value(cells[cellKey{set, retriever.Hybrid, share}]))})
		}
		p.Lines = append(p.Lines, l)
	}
	return p
}

// goals: hybrid beats keywords on every set; answers are a private index's.
func goals(sets []string, cells map[cellKey]*cell) []report.Goal {
	var all []report.Goal
	for _, set := range sets {
		gain := mean(cells[cellKey{set, retriever.Hybrid, 100}].ours) / mean(cells[cellKey{set, retriever.Keyword, 100}].ours)
		all = append(all, report.Goal{Name: set + ": hybrid / keyword, nDCG@10", Value: gain, Bound: 1, AtLeast: true})
	}
	for _, mode := range modes() {
		same, n := 0, 0
		for _, set := range sets {
			for _, share := range shares() {
				c := cells[cellKey{set, mode, share}]
				same, n = same+c.same, n+len(c.ours)
			}
		}
		all = append(all, report.Goal{Name: fmt.Sprintf("%s: answers that are a private index's", mode), Value: float64(same) / float64(n), Bound: 1, AtLeast: true})
	}
	return all
}

// figure has the three digits that such figures are compared by.
func figure(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.3f", v)
}

func numbers(all []float64) []float64 {
	var kept []float64
	for _, v := range all {
		if !math.IsNaN(v) {
			kept = append(kept, v)
		}
	}
	return kept
}
