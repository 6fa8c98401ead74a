// Package growth measures how cost grows with documents, groups, direct shares and
// nesting, one at a time, and the exponent of each: of the permission index's
// answer to "what may this principal read", or of whole searches.
package growth

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/openfga"
	"github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Options say how far things grow.
type Options struct {
	Documents int  // the largest company; default 100,000
	Groups    int  // most groups of a user; default 10,000
	Shares    int  // most direct shares of a user; default 200,000, or twice Documents where that is less
	Samples   int  // questions at each size; default 300, of whole searches 60
	Whole     bool // whole searches, in place of the permission index alone
	Seed      uint64
	Progress  func(string)
}

// dimension is something that grows.
type dimension struct {
	name  string
	sizes []int
	world func(size int) (relationships []eyeshot.Relationship, subjects []eyeshot.Subject)
}

// point is one size of a dimension.
type point struct {
	size    int
	allowed int // documents of the last subject
	cpu     []float64
}

func (o Options) withDefaults() (Options, error) {
	if o.Documents == 0 {
		o.Documents = 100_000
	}
	if o.Groups == 0 {
		o.Groups = 10_000
	}
	if o.Shares == 0 {
		o.Shares = min(max(o.Documents*2, 10_000), 200_000)
	}
	if o.Samples == 0 {
		o.Samples = 300
		if o.Whole {
			o.Samples = 60
		}
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.Documents < 1000 || o.Documents > 10_000_000 || o.Samples < 1 {
		return o, eyeshot.Invalid("documents or samples", fmt.Sprint(o.Documents, o.Samples), "must be 1000 to 10000000 documents, and at least one sample")
	}
	if o.Groups < 1 || o.Groups > 1_000_000 || o.Shares < 1 || o.Shares > 5_000_000 {
		return o, eyeshot.Invalid("groups or shares", fmt.Sprint(o.Groups, o.Shares), "must be 1 to 1000000 groups and 1 to 5000000 shares")
	}
	return o, nil
}

// Run measures and reports.
func Run(ctx context.Context, o Options) (*report.Report, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if o.Whole {
		return o.runWhole(ctx)
	}
	schema, err := openfga.Model()
	if err != nil {
		return nil, err
	}
	r := &report.Report{World: map[string]any{"documents": o.Documents, "groups": o.Groups, "shares": o.Shares, "samples": o.Samples}}
	exponents := report.Table{Title: "Cost as a power of size", Head: []string{"what grows", "exponent", "r²"}}
	for _, d := range o.dimensions() {
		o.Progress(d.name)
		points, err := o.measure(ctx, d, schema)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.name, err)
		}
		r.Tables = append(r.Tables, table(d, points))
		r.Plots = append(r.Plots, plot(d, points))
		e, r2 := exponent(points)
		exponents.Rows = append(exponents.Rows, []string{d.name, report.Number(e), report.Number(r2)})
		for _, p := range points {
			r.Add(fmt.Sprintf("%s: %d", d.name, p.size), "µs of processor time, p50", measure.Quantile(p.cpu, 0.5), p.cpu)
		}
	}
	r.Tables = append(r.Tables, exponents)
	r.Notes = []string{"Processor time of the thread; nothing is kept between two questions."}
	return r, nil
}

func (o Options) measure(ctx context.Context, d dimension, schema *authz.Model) ([]point, error) {
	var points []point
	for _, size := range d.sizes {
		relationships, subjects := d.world(size)
		index, err := authzsync.Open(ctx, &worlds.Static{Relationships: relationships, Schema: schema}, authzsync.Options{})
		if err != nil {
			return nil, err
		}
		runtime.GC()
		points = append(points, o.ask(index.View(), size, subjects))
	}
	return points, ctx.Err()
}

func (o Options) ask(view *authzsync.View, size int, subjects []eyeshot.Subject) point {
	meter := measure.NewMeter(measure.Thread)
	defer meter.Close()
	p := point{size: size}
	for i := range o.Samples {
		subject := subjects[i%len(subjects)]
		meter.Start()
		_, upper := view.Allowed(subject, "can_read", "ticket")
		p.allowed = int(upper.GetCardinality())
		meter.Stop()
	}
	p.cpu = meter.CPU
	return p
}

func exponent(points []point) (e, r2 float64) {
	var sizes, costs []float64
	for _, p := range points {
		sizes, costs = append(sizes, float64(p.size)), append(costs, measure.Quantile(p.cpu, 0.5))
	}
	return measure.Exponent(sizes, costs)
}

func table(d dimension, points []point) report.Table {
	t := report.Table{Title: d.name, Head: []string{"size", "p50 µs", "p99 µs", "tickets that the last one reaches"}}
	for _, p := range points {
		t.Rows = append(t.Rows, []string{
			fmt.Sprint(p.size), report.Range(measure.Estimate(p.cpu, 0.5)), report.Number(measure.Quantile(p.cpu, 0.99)), fmt.Sprint(p.allowed),
		})
	}
	return t
}

func plot(d dimension, points []point) report.Plot {
	p50, p99 := report.Line{Name: "p50"}, report.Line{Name: "p99"}
	for _, p := range points {
		p50.Points = append(p50.Points, [2]float64{float64(p.size), measure.Quantile(p.cpu, 0.5)})
		p99.Points = append(p99.Points, [2]float64{float64(p.size), measure.Quantile(p.cpu, 0.99)})
	}
	return report.Plot{Title: d.name, X: d.name, Y: "µs of processor time", LogX: true, LogY: true, Lines: []report.Line{p50, p99, fit(p50)}}
}

// fit is the power of size that is nearest to a line's points, drawn from the
// first to the last.
func fit(line report.Line) report.Line {
	var sizes, costs []float64
	for _, point := range line.Points {
		sizes, costs = append(sizes, point[0]), append(costs, point[1])
	}
	e, _ := measure.Exponent(sizes, costs)
	logs := 0.0
	for i := range sizes {
		logs += math.Log(costs[i]) - e*math.Log(sizes[i])
	}
	factor := math.Exp(logs / float64(len(sizes)))
	fitted := report.Line{Name: fmt.Sprintf("size to the power of %s", report.Number(e))}
	for _, size := range []float64{sizes[0], sizes[len(sizes)-1]} {
		fitted.Points = append(fitted.Points, [2]float64{size, factor * math.Pow(size, e)})
	}
	return fitted
}
