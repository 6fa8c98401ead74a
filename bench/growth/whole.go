package growth

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// wholePoint is one size of what grows, as whole searches see it.
type wholePoint struct {
	size    int
	meter   *measure.Meter // of the process: a search spreads over cores
	allowed []float64
	checks  []float64
	inStore []float64 // ms by the clock
}

// runWhole measures whole searches: the permission index, both lists of the
// embedded store, and OpenFGA's word for each result.
func (o Options) runWhole(ctx context.Context) (*report.Report, error) {
	r := &report.Report{World: map[string]any{
		"documents": o.Documents, "groups": o.Groups, "shares": o.Shares, "samples": o.Samples, "searches": "whole, hybrid, ten results", "store": "embedded",
	}}
	exponents := report.Table{Title: "Cost of a whole search as a power of size", Head: []string{"what grows", "from", "to", "exponent", "r²", "cost, last / first"}}
	for _, d := range o.wholeDimensions() {
		points, err := o.measureWhole(ctx, d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.name, err)
		}
		r.Tables = append(r.Tables, wholeTable(d.name, points))
		r.Plots = append(r.Plots, wholePlot(d.name, points))
		e, r2 := wholeExponent(points)
		first, last := points[0], points[len(points)-1]
		times := measure.Ratio(last.meter.CPU, first.meter.CPU, 0.5, false)
		exponents.Rows = append(exponents.Rows, []string{
			d.name, fmt.Sprint(first.size), fmt.Sprint(last.size), report.Number(e), report.Number(r2), report.Range(times),
		})
		for _, p := range points {
			r.Add(fmt.Sprintf("%s: %d", d.name, p.size), "µs of processor time, p50", measure.Quantile(p.meter.CPU, 0.5), p.meter.CPU)
		}
		r.Add(d.name+": exponent", "", e, nil)
	}
	r.Tables = append(r.Tables, exponents)
	r.Notes = []string{
		"Processor time of the process. Principals of all sizes take turns on the same documents, but where documents grow: there each size is a company of its own.",
		"A search asks with four words of the vocabulary that the texts are made of, hybrid, for ten results. “in the store” is by the clock, and what is checked is what the gate asked OpenFGA about.",
		"Who may read fewer than ten documents gets fewer results, and OpenFGA is asked less: the first sizes of direct shares cost less for that.",
	}
	return r, nil
}

// measureWhole builds the sites of a dimension, one after the other.
func (o Options) measureWhole(ctx context.Context, d wholeDimension) (points []*wholePoint, err error) {
	for _, build := range d.sites {
		world := build()
		o.Progress(fmt.Sprintf("%s: %d documents, %d relationships", d.name, len(world.documents), len(world.relationships)))
		site, err := openSite(ctx, world, o.Seed, o.Progress)
		if err != nil {
			return nil, err
		}
		o.Progress(d.name + ": searching")
		more, err := o.askWhole(ctx, site)
		if err := errors.Join(err, site.Close()); err != nil {
			return nil, err
		}
		points = append(points, more...)
	}
	return points, nil
}

// askWhole lets the principals of all sizes search, in an order that is drawn for
// each round.
func (o Options) askWhole(ctx context.Context, s *site) (points []*wholePoint, err error) {
	r := rand.New(rand.NewPCG(o.Seed, 41))
	for _, asker := range s.askers {
		points = append(points, &wholePoint{size: asker.size, meter: &measure.Meter{Clock: measure.Process}})
		if _, err := s.search(ctx, asker.subjects[0], s.words.Text(r, 4)); err != nil { // the first is not measured
			return nil, err
		}
	}
	for n := range o.Samples {
		query := s.words.Text(r, 4)
		for _, i := range r.Perm(len(points)) {
			subjects, p := s.askers[i].subjects, points[i]
			var response *retriever.Response
			err := p.meter.Time(func() (err error) { response, err = s.search(ctx, subjects[n%len(subjects)], query); return err })
			if err != nil {
				return nil, fmt.Errorf("searching: %w", err)
			}
			p.allowed = append(p.allowed, float64(response.Stats.Allowed))
			p.checks = append(p.checks, float64(response.Stats.Checked))
			p.inStore = append(p.inStore, float64(response.Stats.InStore.Microseconds())/1e3)
		}
	}
	return points, ctx.Err()
}

func wholeExponent(points []*wholePoint) (e, r2 float64) {
	var sizes, costs []float64
	for _, p := range points {
		sizes, costs = append(sizes, float64(p.size)), append(costs, measure.Quantile(p.meter.CPU, 0.5))
	}
	return measure.Exponent(sizes, costs)
}

func wholeTable(name string, points []*wholePoint) report.Table {
	t := report.Table{Title: "Whole searches: " + name, Head: []string{"size", "p50 ms", "p99 ms", "p50 by the clock", "in the store", "allowed, p50", "checked, p50"}}
	for _, p := range points {
		e := measure.Estimate(p.meter.CPU, 0.5)
		p50 := measure.Interval{Value: e.Value / 1e3, Low: e.Low / 1e3, High: e.High / 1e3}
		t.Rows = append(t.Rows, []string{
			fmt.Sprint(p.size), report.Range(p50), report.Number(measure.Quantile(p.meter.CPU, 0.99) / 1e3), report.Number(measure.Quantile(p.meter.Wall, 0.5) / 1e3),
			report.Number(measure.Quantile(p.inStore, 0.5)), report.Number(measure.Quantile(p.allowed, 0.5)), report.Number(measure.Quantile(p.checks, 0.5)),
		})
	}
	return t
}

func wholePlot(name string, points []*wholePoint) report.Plot {
	p50, p99 := report.Line{Name: "p50"}, report.Line{Name: "p99"}
	for _, p := range points {
		p50.Points = append(p50.Points, [2]float64{float64(p.size), measure.Quantile(p.meter.CPU, 0.5) / 1e3})
		p99.Points = append(p99.Points, [2]float64{float64(p.size), measure.Quantile(p.meter.CPU, 0.99) / 1e3})
	}
	return report.Plot{Title: "Whole searches: " + name, X: name, Y: "ms of processor time", LogX: true, LogY: true, Lines: []report.Line{p50, p99, fit(p50)}}
}
