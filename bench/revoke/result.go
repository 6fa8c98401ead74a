package revoke

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

// The names of what is counted.
const (
	nameShown  = "revocation: searches begun after it was acknowledged that show the document"
	nameMissed = "grant: searches begun after it was acknowledged that miss the document"
	nameRecall = "recall under grants and revocations"
)

// counts are what goroutines count while they run.
type counts struct {
	mu       sync.Mutex
	kinds    map[string]*followed
	searches int
	verdict  verdict // sums
}

// followed are the changes of a kind, and the searches that followed them.
type followed struct {
	given, taken  int
	missed, shown int
	write, search []float64 // ms: to the acknowledgement, and from there to the answer of the next search
}

func (c *counts) followed(kind string, given, found bool, write, search time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kinds == nil {
		c.kinds = map[string]*followed{}
	}
	if c.kinds[kind] == nil {
		c.kinds[kind] = &followed{}
	}
	f := c.kinds[kind]
	switch {
	case given && !found:
		f.missed++
	case !given && found:
		f.shown++
	}
	if given {
		f.given++
	} else {
		f.taken++
	}
	f.write, f.search = append(f.write, ms(write)), append(f.search, ms(search))
}

func (c *counts) judged(v verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.searches++
	c.verdict.results += v.results
	c.verdict.due += v.due
	c.verdict.found += v.found
	c.verdict.leaks += v.leaks
}

func (s *stage) report() *report.Report {
	c := &s.counts
	r := &report.Report{World: map[string]any{
		"documents": len(s.world.objects), "users": s.Users, "relationships": len(s.world.fixed), "swings": len(s.world.swings),
		"searchers": s.Searchers, "duration": s.Duration.String(),
	}}
	t := report.Table{
		Title: "Changes, each followed by a search of the user whom it concerns",
		Head:  []string{"", "given", "next search misses it", "taken", "next search shows it", "acknowledged, p50 ms", "p99", "next answer, p50 ms", "p99"},
	}
	var total followed
	for _, kind := range slices.Sorted(maps.Keys(c.kinds)) {
		f := c.kinds[kind]
		t.Rows = append(t.Rows, f.row(kind))
		total.given, total.taken, total.missed, total.shown = total.given+f.given, total.taken+f.taken, total.missed+f.missed, total.shown+f.shown
		total.write, total.search = append(total.write, f.write...), append(total.search, f.search...)
	}
	t.Rows = append(t.Rows, total.row("all"))
	r.Tables = []report.Table{t, c.work()}
	r.Add("a change acknowledged", "ms by the clock, p50", measure.Quantile(total.write, 0.5), total.write)
	r.Add("the search after it", "ms by the clock, p50", measure.Quantile(total.search, 0.5), total.search)
	r.Goals = []report.Goal{
		{Name: nameShown, Value: counted(total.shown+c.verdict.leaks, total.taken)},
		{Name: nameMissed, Value: counted(total.missed, total.given)},
		{Name: nameRecall, Value: float64(c.verdict.found) / float64(c.verdict.due), Bound: 1, AtLeast: true},
	}
	r.Notes = []string{
		"The other searches run all the while, at any moment of any change. A result counts as shown too late when it could be read at no moment of its search, by a count of what had begun and what was acknowledged.",
		"A document is due in an answer when it could be read all the time, and is among the best ten of all that could be read at any time.",
	}
	return r
}

// counted is a figure only where there was something to count.
func counted(n, of int) float64 {
	if of == 0 {
		return math.NaN()
	}
	return float64(n)
}

func (f *followed) row(name string) []string {
	at := func(samples []float64, q float64) string { return report.Number(measure.Quantile(samples, q)) }
	return []string{
		name, fmt.Sprint(f.given), fmt.Sprint(f.missed), fmt.Sprint(f.taken), fmt.Sprint(f.shown),
		at(f.write, 0.5), at(f.write, 0.99), at(f.search, 0.5), at(f.search, 0.99),
	}
}

func (c *counts) work() report.Table {
	return report.Table{Title: "Other searches meanwhile", Head: []string{"", "number"}, Rows: [][]string{
		{"searches", fmt.Sprint(c.searches)},
		{"results", fmt.Sprint(c.verdict.results)},
		{"of them, readable at no moment of the search", fmt.Sprint(c.verdict.leaks)},
		{"documents due in the answers", fmt.Sprint(c.verdict.due)},
		{"of them, found", fmt.Sprint(c.verdict.found)},
	}}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
