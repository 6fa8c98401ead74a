package calibrate

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Report renders what was measured beside what the cost model says of it, and
// the costs.
func (r Result) Report(options Options) *report.Report {
	options = options.withDefaults()
	out := &report.Report{
		World: map[string]any{"store": r.Calibration.Store, "documents": options.Documents, "dimension": options.Dimension, "queries": options.Queries, "clusters": clusters},
	}
	points := report.Table{Title: "searches measured, and what the cost model says of them", Head: []string{"way", "documents", "allowed", "memberships", "measured ms", "model ms"}}
	var off []float64
	for _, p := range r.Points {
		points.Rows = append(points.Rows, []string{
			p.Way.String(), fmt.Sprint(p.Load.Documents), fmt.Sprint(p.Load.Allowed), fmt.Sprint(p.Load.Memberships), ms(p.Median), ms(p.Fitted),
		})
		off = append(off, math.Abs(math.Log2(float64(p.Fitted)/float64(max(p.Median, 1)))))
		name := fmt.Sprintf("%s %d/%d", p.Way, p.Load.Allowed, p.Load.Documents)
		out.Add(name, "ms", float64(p.Median)/float64(time.Millisecond), nil)
	}
	out.Tables = []report.Table{costTable(r.Calibration.Costs), points}
	slices.Sort(off)
	if n := len(off); n > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("half of the points are within a factor of %.2f of the model, all within %.2f", math.Exp2(off[n/2]), math.Exp2(off[n-1])))
	}
	return out
}

func costTable(costs store.Costs) report.Table {
	table := report.Table{Title: "costs in ns", Head: []string{"way", "fixed", "per allowed", "per document", "per membership", "per visited"}}
	for _, way := range []store.Way{store.Exact, store.Filtered, store.Unfiltered} {
		cost, has := costs[way]
		if !has {
			continue
		}
		row := []string{way.String()}
		for _, ns := range []float64{cost.Fixed, cost.PerAllowed, cost.PerDocument, cost.PerMembership, cost.PerVisited} {
			row = append(row, fmt.Sprintf("%.4g", ns))
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

func ms(d time.Duration) string { return fmt.Sprintf("%.3f", float64(d)/float64(time.Millisecond)) }
