package report

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/eyeshot-dev/eyeshot/bench/measure"
)

// Text is the report as a person reads it on a terminal.
func (r *Report) Text() string {
	var b strings.Builder
	for _, table := range r.tables() {
		fmt.Fprintf(&b, "%s\n%s\n\n", table.Title, table)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "%s\n", note)
	}
	fmt.Fprintf(&b, "%s; load %s when it began; seed %d; %s\n", r.Machine, r.Machine.Load, r.Seed, r.Took)
	fmt.Fprintf(&b, "again: %s", r.Command)
	return b.String()
}

// tables are all tables, the goals last.
func (r *Report) tables() []Table {
	if len(r.Goals) == 0 {
		return r.Tables
	}
	goals := Table{Title: "Goals", Head: []string{"", "figure", "goal", ""}}
	for _, g := range r.Goals {
		sign, figure, verdict := "≤ ", strings.TrimSpace(Number(g.Value)+" "+g.Unit), "not met"
		if g.AtLeast {
			sign = "≥ "
		}
		switch {
		case g.NotRun != "":
			figure, verdict = "-", "not run: "+g.NotRun
		case g.Met():
			verdict = "met"
		}
		row := []string{g.Name, figure, sign + Number(g.Bound), verdict}
		if g.Command != "" {
			row = append(row, g.Command)
		}
		goals.Rows = append(goals.Rows, row)
	}
	for i := range goals.Rows { // the column of commands is there for all or none
		if len(goals.Rows[i]) > len(goals.Head) {
			goals.Head = append(goals.Head, "made by")
		}
	}
	return append(r.Tables[:len(r.Tables):len(r.Tables)], goals)
}

// String aligns the table: the first column to the left, figures to the right.
func (t Table) String() string {
	widths := make([]int, len(t.Head))
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		for i, cell := range row {
			if i > 0 {
				cell = strings.Repeat(" ", widths[i]-len([]rune(cell))) + cell + "\t"
			} else {
				cell += "\t"
			}
			fmt.Fprint(w, cell)
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	lines := strings.Split(strings.TrimRight(b.String(), "\n "), "\n")
	for i, line := range lines {
		lines[i] = "  " + strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// Number writes a figure with three digits that count.
func Number(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return "-"
	case v == math.Trunc(v) && size < 1e15:
		return fmt.Sprintf("%.0f", v)
	case size >= 100:
		return fmt.Sprintf("%.0f", v)
	case size >= 10:
		return fmt.Sprintf("%.1f", v)
	case size >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// Range writes a figure with its interval.
func Range(i measure.Interval) string {
	return fmt.Sprintf("%s [%s, %s]", Number(i.Value), Number(i.Low), Number(i.High))
}
