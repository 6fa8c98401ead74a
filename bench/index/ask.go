package index

import (
	"context"
	"fmt"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
	"github.com/eyeshot-dev/eyeshot/filters"
)

// allowed asks for all documents that a principal may read, of one principal
// after the other: nothing is kept from one to the next.
func (b *bench) allowed(context.Context) error {
	table := report.Table{
		Title: fmt.Sprintf("What may a principal read? (%d principals, nothing cached)", b.Samples),
		Head:  []string{"", "p50 µs", "p99 µs", "p50 by the clock", "p99 by the clock", "allowed p50", "most"},
	}
	all := filters.DefaultPolicy().Types()
	for _, types := range [][]string{{"ticket"}, {"document"}, all} {
		meter, sizes := b.ask(types)
		name := strings.Join(types, ", ")
		if len(types) == len(all) {
			name = "everything"
		}
		table.Rows = append(table.Rows, latencies(name, meter, sizes))
		b.report.Add("allowed, "+name, "µs of processor time, p50", measure.Quantile(meter.CPU, 0.5), meter.CPU)
		if name == "ticket" {
			b.goal("allowed(principal), tickets, p50", "µs", measure.Quantile(meter.CPU, 0.5), goalP50, false)
			b.goal("allowed(principal), tickets, p99", "µs", measure.Quantile(meter.CPU, 0.99), goalP99, false)
			b.report.Plots = append(b.report.Plots, distribution("allowed(principal), tickets", meter.CPU))
		}
	}
	b.report.Tables = append(b.report.Tables, table)
	return nil
}

func (b *bench) ask(types []string) (*measure.Meter, []float64) {
	view := b.index.View()
	meter := measure.NewMeter(measure.Thread)
	defer meter.Close()
	var sizes []float64
	for i := range b.Samples {
		user, allowed := b.user(i), uint64(0)
		meter.Start()
		for _, typ := range types {
			_, upper := view.Allowed(user, "can_read", typ)
			allowed += upper.GetCardinality()
		}
		meter.Stop()
		sizes = append(sizes, float64(allowed))
	}
	return meter, sizes
}

// user spreads the samples over all users.
func (b *bench) user(i int) eyeshot.Subject { return worlds.User(i * 7919 % b.size.Users) }

func latencies(name string, meter *measure.Meter, sizes []float64) []string {
	return []string{
		name, report.Range(measure.Estimate(meter.CPU, 0.5)), report.Range(measure.Estimate(meter.CPU, 0.99)),
		report.Number(measure.Quantile(meter.Wall, 0.5)), report.Number(measure.Quantile(meter.Wall, 0.99)),
		report.Number(measure.Quantile(sizes, 0.5)), report.Number(measure.Quantile(sizes, 1)),
	}
}

// distribution draws each share of the samples against the time that it took.
func distribution(title string, samples []float64) report.Plot {
	line := report.Line{Name: title}
	for q := 0.01; q < 1; q += 0.01 {
		line.Points = append(line.Points, [2]float64{measure.Quantile(samples, q), q})
	}
	line.Points = append(line.Points, [2]float64{measure.Quantile(samples, 1), 1})
	return report.Plot{Title: title, X: "µs of processor time", Y: "share of principals", LogX: true, Lines: []report.Line{line}}
}

// memberships asks for the sets that a principal is in.
func (b *bench) memberships(context.Context) error {
	view := b.index.View()
	meter := measure.NewMeter(measure.Thread)
	defer meter.Close()
	var sizes []float64
	for i := range min(b.Samples, 500) {
		meter.Start()
		sets := view.Memberships(b.user(i))
		meter.Stop()
		sizes = append(sizes, float64(len(sets)))
	}
	b.addRow("memberships of a principal", meter, sizes)
	return nil
}

// readers asks for the sets that one document's reading rests on.
func (b *bench) readers(context.Context) error {
	view := b.index.View()
	meter := measure.NewMeter(measure.Thread)
	defer meter.Close()
	var sizes []float64
	for i := range min(b.Samples, 500) {
		object, ok := view.Numbering().Object([]string{"ticket", "document"}[i%2], uint32(i*7919%(b.size.Documents/3)))
		if !ok {
			continue
		}
		meter.Start()
		readers := view.Readers(object, "can_read")
		meter.Stop()
		sizes = append(sizes, float64(len(readers)))
	}
	b.addRow("readers of a document", meter, sizes)
	return nil
}

// addRow adds to a table of its own what is asked of the index beside allowed.
func (b *bench) addRow(name string, meter *measure.Meter, sizes []float64) {
	const title = "Other questions, and changes"
	last := &b.report.Tables[len(b.report.Tables)-1]
	if last.Title != title {
		b.report.Tables = append(b.report.Tables, report.Table{
			Title: title, Head: []string{"", "p50 µs", "p99 µs", "p50 by the clock", "p99 by the clock", "sets or documents", "most"},
		})
		last = &b.report.Tables[len(b.report.Tables)-1]
	}
	last.Rows = append(last.Rows, latencies(name, meter, sizes))
	b.report.Add(name, "µs of processor time, p50", measure.Quantile(meter.CPU, 0.5), meter.CPU)
}
