package load

import (
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

func (s *stage) report(steps []step) *report.Report {
	r := &report.Report{World: s.world.Describe()}
	r.World["clients"], r.World["changes a second"], r.World["step"] = s.Clients, s.Changes, s.Step.String()
	if len(s.Sweep) > 0 {
		r.World["clients"] = s.Sweep
	}
	r.Tables = []report.Table{
		s.latencies(steps), s.queues(steps),
		hot("Where the processor time went", steps, func(c costs) hotspots { return c.time }),
		hot("Where memory was allocated", steps, func(c costs) hotspots { return c.memory }),
		functions(steps[len(steps)-1]),
	}
	r.Plots = s.plots(steps)
	for _, st := range steps {
		name := st.name(len(s.Sweep) > 0)
		r.Add("search at "+name, "ms, p50", measure.Quantile(st.latencies, 0.5), st.latencies)
		r.Add("a request at "+name, "bytes allocated", st.allocated, nil)
		if st.rate == goalRate && len(s.Sweep) == 0 {
			r.Goals = append(r.Goals, report.Goal{Name: fmt.Sprintf("p99 at %d a second, %d documents", goalRate, s.Documents), Value: measure.Quantile(st.latencies, 0.99), Unit: "ms", Bound: goalP99})
		}
		r.Goals = append(r.Goals, report.Goal{Name: "searches that failed at " + name, Value: float64(st.failed)})
	}
	r.Notes = s.notes(steps)
	return r
}

// name is what tells a step from the others.
func (s step) name(sweep bool) string {
	if sweep {
		return fmt.Sprintf("%g a second, %d clients", s.rate, s.clients)
	}
	return fmt.Sprintf("%g a second", s.rate)
}

func (s *stage) latencies(steps []step) report.Table {
	t := report.Table{
		Title: fmt.Sprintf("Whole searches over HTTP, %d documents, %g permission changes a second", s.Documents, s.Changes),
		Head: []string{"asked a second", "clients", "answered", "p50 ms", "p95", "p99", "most", "failed", "changes",
			"KiB a request", "allocations", "heap MiB", "processors"},
	}
	for _, st := range steps {
		q := func(q float64) string { return report.Number(measure.Quantile(st.latencies, q)) }
		t.Rows = append(t.Rows, []string{
			report.Number(st.rate), fmt.Sprint(st.clients), report.Number(st.answered), q(0.5), q(0.95), q(0.99), q(1), fmt.Sprint(st.failed), fmt.Sprint(st.changes),
			report.Number(st.allocated / 1024), report.Number(st.allocations), fmt.Sprint(st.heap >> 20), fmt.Sprintf("%.0f%%", st.busy*100),
		})
	}
	return t
}

// queues is what requests waited for before they were sent, beside what they
// would wait were there nothing but connections to wait for.
func (s *stage) queues(steps []step) report.Table {
	t := report.Table{
		Title: "Waiting for a connection",
		Head:  []string{"asked a second", "clients", "in the system", "connections busy", "service, mean ms", "wait, mean ms", "by formula", "wait, p99"},
	}
	for _, st := range steps {
		q := queueing(st)
		formula := report.Number(q.formula)
		if math.IsInf(q.formula, 1) {
			formula = "without end"
		}
		t.Rows = append(t.Rows, []string{
			report.Number(st.rate), fmt.Sprint(st.clients), report.Number(q.inside), fmt.Sprintf("%.0f%%", q.busy*100), report.Number(q.service),
			report.Number(q.waited), formula, report.Number(measure.Quantile(st.waits, 0.99)),
		})
	}
	return t
}

func (s *stage) plots(steps []step) []report.Plot {
	p := report.Plot{Title: "Latency by load", X: "searches answered a second", Y: "ms", LogY: true}
	x := func(st step) float64 { return st.answered }
	if len(s.Sweep) > 0 {
		p.Title, p.X, p.LogX = fmt.Sprintf("Latency by clients, at %g a second", steps[0].rate), "clients", true
		x = func(st step) float64 { return float64(st.clients) }
	}
	for _, line := range []struct {
		name     string
		quantile float64
	}{{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}} {
		drawn := report.Line{Name: line.name}
		for _, st := range steps {
			drawn.Points = append(drawn.Points, [2]float64{x(st), measure.Quantile(st.latencies, line.quantile)})
		}
		p.Lines = append(p.Lines, drawn)
	}
	return []report.Plot{p}
}

func (s *stage) notes(steps []step) []string {
	last := steps[len(steps)-1]
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	notes := []string{
		bottleneck(last),
		fmt.Sprintf("Taken from the system: %d MiB. What a request allocates includes its client, which runs in this process.", memory.Sys>>20),
		"A request's time begins when it was due: what waited for a connection is in it. Client and server share the processors.",
		"In the system: rate × mean latency (Little's law). By formula: the mean wait of M/G/c with these services, if connections were all there is to wait for.",
	}
	if last.overrun {
		notes = append(notes, fmt.Sprintf("%s is beyond what this machine answers: the backlog grew past %s.", last.name(len(s.Sweep) > 0), time.Second))
	}
	return notes
}

// hot is where something went, at each step.
func hot(title string, steps []step, of func(costs) hotspots) report.Table {
	t := report.Table{Title: title, Head: []string{""}}
	seen := map[string]int{}
	for i, st := range steps {
		t.Head = append(t.Head, fmt.Sprintf("%g a second, %d clients", st.rate, st.clients))
		for _, spot := range of(st.profile) {
			if _, known := seen[spot.part]; !known {
				seen[spot.part] = len(t.Rows)
				t.Rows = append(t.Rows, make([]string, 1+len(steps)))
				t.Rows[len(t.Rows)-1][0] = spot.part
			}
			t.Rows[seen[spot.part]][i+1] = fmt.Sprintf("%.0f%%", spot.share*100)
		}
	}
	return t
}

// functions are those that took most of the last step's time, without what they call.
func functions(s step) report.Table {
	const most = 15
	t := report.Table{Title: fmt.Sprintf("Functions, by their own processor time, at %g a second with %d clients", s.rate, s.clients), Head: []string{"", "share"}}
	for _, spot := range s.profile.functions[:min(most, len(s.profile.functions))] {
		t.Rows = append(t.Rows, []string{spot.part, fmt.Sprintf("%.1f%%", spot.share*100)})
	}
	return t
}
