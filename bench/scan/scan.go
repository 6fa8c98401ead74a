// Package scan measures how fast the embedded store's kernel goes through
// vectors, against how fast this machine delivers their bytes at all. It knows
// nothing of what a search does before and after.
package scan

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

// Options say what is measured.
type Options struct {
	Vectors   int       // default 200,000: with Dimension, more than any cache holds
	Dimension int       // default 256
	Shares    []float64 // of the vectors that a search may look at; default all, half, 20%, 5%
	Rounds    int       // scans and reads at each share; default 30
	Seed      uint64
}

// goal is the least share of memory's bandwidth that a scan reaches.
const goal = 0.7

func (o Options) withDefaults() (Options, error) {
	for _, field := range []struct {
		name                string
		value               *int
		initial, low, above int
	}{
		{"vectors", &o.Vectors, 200_000, 1000, 10_000_000}, {"dimension", &o.Dimension, 256, 8, 8192}, {"rounds", &o.Rounds, 30, 3, 100_000},
	} {
		if *field.value == 0 {
			*field.value = field.initial
		}
		if *field.value < field.low || *field.value > field.above {
			return o, eyeshot.Invalid(field.name, fmt.Sprint(*field.value), fmt.Sprintf("must be between %d and %d", field.low, field.above))
		}
	}
	if len(o.Shares) == 0 {
		o.Shares = []float64{1, 0.5, 0.2, 0.05}
	}
	for _, share := range o.Shares {
		if share <= 0 || share > 1 {
			return o, eyeshot.Invalid("shares", fmt.Sprint(share), "must be above 0 and at most 1")
		}
	}
	return o, nil
}

// Run measures and reports.
func Run(ctx context.Context, o Options) (*report.Report, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	b := newBench(o)
	table := report.Table{
		Title: fmt.Sprintf("Scanning %d vectors of %d dimensions (%d MB)", o.Vectors, o.Dimension, len(b.matrix)*4/1_000_000),
		Head:  []string{"cores", "of the vectors", "scan, GB/s", "plain read, GB/s", "scan / read", "scan / read of all, in order"},
	}
	r := &report.Report{World: map[string]any{"vectors": o.Vectors, "dimension": o.Dimension, "shares": o.Shares, "rounds": o.Rounds}}
	worst := math.Inf(1)
	for _, workers := range cores() {
		rows := b.rows(1)
		_, whole := b.turns(workers, rows)
		inOrder := b.perByte(whole, rows)
		for _, share := range o.Shares {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			row, ratio := b.share(r, workers, share, inOrder)
			table.Rows, worst = append(table.Rows, row), min(worst, ratio)
		}
	}
	r.Tables = []report.Table{table}
	r.Goals = []report.Goal{{Name: "scan / plain read of the same bytes, worst", Value: worst, Bound: goal, AtLeast: true}}
	r.Notes = []string{
		"A plain read copies the same rows, neighbours at one go, into a buffer that stays in the processor's cache. Scan and read take turns; the ratio is of processor time.",
		"Scattered vectors come slower than neighbours, whoever reads them: the last column.",
		"The vectors that may be looked at come in pairs, as the passages of documents do; few of them fit into the cache, and are faster there.",
	}
	return r, nil
}

// share measures one share of the vectors: a row of the table, and scan / read.
func (b *bench) share(r *report.Report, workers int, share, inOrder float64) (row []string, ratio float64) {
	rows := b.rows(share)
	scan, read := b.turns(workers, rows)
	times := measure.Ratio(read.CPU, scan.CPU, 0.5, true) // of times, so the other way round than of speeds
	speed := func(m *measure.Meter) string {
		return report.Number(b.bytes(rows) / measure.Quantile(m.Wall, 0.5) / 1e3)
	}
	name := fmt.Sprintf("%d cores, %g%%", workers, share*100)
	r.Add("scan, "+name, "µs of processor time, p50", measure.Quantile(scan.CPU, 0.5), scan.CPU)
	r.Add("plain read, "+name, "µs of processor time, p50", measure.Quantile(read.CPU, 0.5), read.CPU)
	return []string{
		fmt.Sprint(workers), report.Number(share*100) + "%", speed(scan), speed(read), report.Range(times), report.Number(inOrder / b.perByte(scan, rows)),
	}, times.Value
}

func (b *bench) bytes(rows []uint32) float64 { return float64(len(rows) * b.Dimension * 4) }

// perByte is the processor time of a byte.
func (b *bench) perByte(m *measure.Meter, rows []uint32) float64 {
	return measure.Quantile(m.CPU, 0.5) / b.bytes(rows)
}

// cores are one, and all that there are.
func cores() []int {
	if all := runtime.GOMAXPROCS(0); all > 1 {
		return []int{1, all}
	}
	return []int{1}
}
