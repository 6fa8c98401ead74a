// Package index measures the permission index alone: building it, what it holds
// in memory, what it costs to ask and to change, and OpenFGA's own list beside
// it. It searches nothing.
package index

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/openfga"
	"github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
	"github.com/eyeshot-dev/eyeshot/filters"
)

// Options say what is measured.
type Options struct {
	Documents int    // of the company; the goals are stated for 1,000,000
	Samples   int    // principals asked about; default 2000
	Listed    int    // documents of the principal that OpenFGA lists; default 10,000; none where below 0
	Seed      uint64 // of the company
}

// The goals of the permission index, at 1,000,000 documents.
const (
	goalSets    = 16   // bytes a document
	goalIDs     = 64   // bytes a document
	goalP50     = 200  // microseconds
	goalP99     = 2000 // microseconds
	goalListing = 1000 // times faster than OpenFGA's list
	goalLeave   = 2    // times the cost of leaving a group that reaches one document
	farReach    = 10_000
)

func (o Options) withDefaults() (Options, error) {
	if o.Samples == 0 {
		o.Samples = 2000
	}
	if o.Listed == 0 {
		o.Listed = 10_000
	}
	if o.Documents < 1000 || o.Documents > 10_000_000 {
		return o, eyeshot.Invalid("documents", fmt.Sprint(o.Documents), "must be between 1000 and 10000000")
	}
	if o.Samples < 1 {
		return o, eyeshot.Invalid("samples", fmt.Sprint(o.Samples), "must be above 0")
	}
	return o, nil
}

// bench is one run.
type bench struct {
	Options
	size   worlds.Size
	index  *authzsync.Index
	report *report.Report
}

// Run measures and reports. What is said of processor time is that of the thread
// that did the work.
func Run(ctx context.Context, options Options) (*report.Report, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &bench{Options: options, size: worlds.CompanyOf(options.Documents), report: &report.Report{}}
	b.report.World = b.size.Describe()
	for _, step := range []func(context.Context) error{b.build, b.allowed, b.memberships, b.readers, b.leave, b.list} {
		if err := step(ctx); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return b.report, nil
}

// build reads and orders everything.
func (b *bench) build(ctx context.Context) error {
	schema, err := openfga.Model()
	if err != nil {
		return err
	}
	source := &worlds.Static{Relationships: worlds.Company(b.size, b.Seed), Schema: schema}
	runtime.GC()
	meter := measure.NewMeter(measure.Process)
	defer meter.Close()
	err = meter.Time(func() (err error) {
		b.index, err = authzsync.Open(ctx, source, authzsync.Options{DocumentTypes: filters.DefaultPolicy().Types()})
		return err
	})
	if err != nil {
		return err
	}
	b.report.World["relationships"] = len(source.Relationships)
	sets, ids := b.index.View().Memory()
	perDocument := func(bytes int) float64 { return float64(bytes) / float64(b.size.Documents) }
	b.report.Add("build", "s of processor time", meter.CPU[0]/1e6, nil)
	b.report.Add("sets", "bytes a document", perDocument(sets), nil)
	b.report.Add("ids", "bytes a document", perDocument(ids), nil)
	b.report.Tables = append(b.report.Tables, report.Table{
		Title: fmt.Sprintf("The index of %d documents, %d relationships", b.size.Documents, len(source.Relationships)),
		Head:  []string{"", "figure"},
		Rows: [][]string{
			{"building it, by the clock", (time.Duration(meter.Wall[0]) * time.Microsecond).Round(10 * time.Millisecond).String()},
			{"building it, processor time", (time.Duration(meter.CPU[0]) * time.Microsecond).Round(10 * time.Millisecond).String()},
			{"bytes a document, sets", report.Number(perDocument(sets))},
			{"bytes a document, ids", report.Number(perDocument(ids))},
		},
	})
	b.goal("bytes a document, sets", "", perDocument(sets), goalSets, false)
	b.goal("bytes a document, ids", "", perDocument(ids), goalIDs, false)
	source.Relationships = nil
	runtime.GC()
	return nil
}

func (b *bench) goal(name, unit string, value, bound float64, atLeast bool) {
	b.report.Goals = append(b.report.Goals, report.Goal{Name: name, Value: value, Unit: unit, Bound: bound, AtLeast: atLeast})
}
