package churn

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot/bench/report"
)

// Report puts what was counted into tables.
func (r Result) Report(o Options) *report.Report {
	out := &report.Report{
		World: map[string]any{"users": o.Users, "documents": o.Documents, "searchers": o.Searchers, "duration": o.Duration.String(), "fault": string(o.Fault)},
		Goals: []report.Goal{
			{Name: "leaks", Value: float64(r.Leaks)}, {Name: "unexplained short lists", Value: float64(r.Short)},
			{Name: "searches without an answer", Value: float64(r.Failed)}, {Name: "judge and OpenFGA disagree", Value: float64(r.Disagreements)},
		},
	}
	out.Tables = []report.Table{r.work(), r.changes()}
	for _, measure := range []struct {
		name  string
		value int
	}{{"searches", r.Searches}, {"changes", r.Total()}, {"leaks", r.Leaks}, {"unexplained short lists", r.Short}} {
		out.Add(measure.name, "", float64(measure.value), nil)
	}
	out.Notes = append(out.Notes, r.Examples...)
	return out
}

func (r Result) work() report.Table {
	t := report.Table{Title: "What was asked, and what came of it", Head: []string{"", "number"}}
	add := func(name string, n int) { t.Rows = append(t.Rows, []string{name, fmt.Sprint(n)}) }
	add("searches", r.Searches)
	add("results", r.Results)
	add("documents read one by one", r.Reads)
	add("of them, refused because they changed meanwhile", r.Changed)
	add("candidates that the gate decided about", r.Checks)
	add("of them, denied", r.Denied)
	add("answers of the judge held to OpenFGA", r.Audited)
	add("leaks", r.Leaks)
	for _, reason := range slices.Sorted(maps.Keys(r.Explained)) {
		add("short lists that said why: "+reason, r.Explained[reason])
	}
	add("short lists without a word", r.Short)
	if len(r.Staleness) > 0 {
		t.Rows = append(t.Rows, []string{"stalest of them", slices.Max(r.Staleness).Round(time.Microsecond).String()})
	}
	return t
}

// changes is one row for each thing that was given and taken.
func (r Result) changes() report.Table {
	t := report.Table{Title: fmt.Sprintf("%d changes meanwhile", r.Total()), Head: []string{"", "given", "taken"}}
	for _, name := range slices.Sorted(maps.Keys(r.Changes)) {
		if given, ok := strings.CutSuffix(name, " given"); ok {
			t.Rows = append(t.Rows, []string{given, fmt.Sprint(r.Changes[name]), fmt.Sprint(r.Changes[given+" taken"])})
		} else if !strings.HasSuffix(name, " taken") {
			t.Rows = append(t.Rows, []string{name, fmt.Sprint(r.Changes[name]), ""})
		}
	}
	return t
}
