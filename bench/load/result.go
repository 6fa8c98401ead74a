package load

import (
	"fmt"
	"runtime"
	"time"

	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

func (s *stage) report(steps []step) *report.Report {
	r := &report.Report{World: s.world.Describe()}
	r.World["clients"], r.World["changes a second"], r.World["step"] = s.Clients, s.Changes, s.Step.String()
	table := report.Table{
		Title: fmt.Sprintf("Whole searches over HTTP, %d documents, %g permission changes a second", s.Documents, s.Changes),
		Head:  []string{"asked a second", "answered", "p50 ms", "p95", "p99", "most", "waited p99", "failed", "changes", "KiB a request", "allocations"},
	}
	throughput := report.Plot{Title: "Latency by load", X: "searches answered a second", Y: "ms", LogY: true, Lines: []report.Line{{Name: "p50"}, {Name: "p95"}, {Name: "p99"}}}
	for _, st := range steps {
		q := func(q float64) float64 { return measure.Quantile(st.latencies, q) }
		table.Rows = append(table.Rows, []string{
			report.Number(st.rate), report.Number(st.answered), report.Number(q(0.5)), report.Number(q(0.95)), report.Number(q(0.99)), report.Number(q(1)),
			report.Number(measure.Quantile(st.waits, 0.99)), fmt.Sprint(st.failed), fmt.Sprint(st.changes),
			report.Number(st.allocated / 1024), report.Number(st.allocations),
		})
		for i, quantile := range []float64{0.5, 0.95, 0.99} {
			throughput.Lines[i].Points = append(throughput.Lines[i].Points, [2]float64{st.answered, q(quantile)})
		}
		r.Add(fmt.Sprintf("search at %g a second", st.rate), "ms, p50", q(0.5), st.latencies)
		if st.rate == goalRate {
			r.Goals = append(r.Goals, report.Goal{Name: fmt.Sprintf("p99 at %d a second, %d documents", goalRate, s.Documents), Value: q(0.99), Unit: "ms", Bound: goalP99})
		}
		r.Goals = append(r.Goals, report.Goal{Name: fmt.Sprintf("searches that failed at %g a second", st.rate), Value: float64(st.failed)})
	}
	r.Tables, r.Plots = []report.Table{table, hot(steps)}, []report.Plot{throughput}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	r.Notes = []string{
		fmt.Sprintf("Heap in use at the end: %d MiB, taken from the system: %d MiB. What a request allocates includes its client, which runs in this process.", memory.HeapInuse>>20, memory.Sys>>20),
		"A request's time begins when it was due: what waited for a connection is in it. Client and server share the processors.",
	}
	if last := steps[len(steps)-1]; last.overrun {
		r.Notes = append(r.Notes, fmt.Sprintf("%g a second is beyond what this machine answers: the backlog grew past %s.", last.rate, time.Second))
	}
	return r
}

// hot is where the time went, at each rate.
func hot(steps []step) report.Table {
	t := report.Table{Title: "Where the processor time went", Head: []string{""}}
	seen := map[string]int{}
	for i, st := range steps {
		t.Head = append(t.Head, fmt.Sprintf("%g a second", st.rate))
		for _, spot := range st.profile {
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
