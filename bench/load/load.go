// Package load measures whole searches over HTTP under load: requests arrive when
// they are due, whether or not earlier ones are answered, and a request's time
// begins when it was due. So what waits is counted, which closed loops leave out
// (G. Tene calls that coordinated omission). Permissions change meanwhile.
package load

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

// Options say what is measured.
type Options struct {
	Documents int           // default 20,000; the goal is stated for 100,000
	Rates     []float64     // searches a second, one step each; default 25, 50, 100, 200; with Sweep one, default 50
	Step      time.Duration // length of a step; default 10 s
	Clients   int           // connections, at most; default 64
	Sweep     []int         // connections at most, one step each at one rate, in place of Clients
	Changes   float64       // permission changes a second; default 10
	Seed      uint64
	Version   string
	Progress  func(string)
}

// The goal, at 100,000 documents: p99 at so many searches a second.
const (
	goalRate = 100
	goalP99  = 50 // ms
)

func (o Options) withDefaults() (Options, error) {
	if o.Documents == 0 {
		o.Documents = 20_000
	}
	if o.Step == 0 {
		o.Step = 10 * time.Second
	}
	if o.Clients == 0 {
		o.Clients = 64
	}
	if len(o.Rates) == 0 {
		o.Rates = []float64{25, 50, 100, 200}
		if len(o.Sweep) > 0 {
			o.Rates = []float64{50}
		}
	}
	if len(o.Sweep) > 0 {
		o.Clients = slices.Max(o.Sweep)
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.Documents < 100 || o.Documents > 1_000_000 {
		return o, eyeshot.Invalid("documents", fmt.Sprint(o.Documents), "must be between 100 and 1000000")
	}
	if len(o.Sweep) > 0 && (len(o.Rates) > 1 || slices.Min(o.Sweep) < 1) {
		return o, eyeshot.Invalid("sweep of clients", fmt.Sprint(o.Sweep, o.Rates), "must be of 1 client and more, and goes with one rate")
	}
	if o.Clients < 1 || o.Clients > 1024 || o.Step < 0 || o.Changes < 0 {
		return o, eyeshot.Invalid("clients, step or changes", fmt.Sprint(o.Clients, o.Step, o.Changes), "must be above 0 (changes may be 0), and clients at most 1024")
	}
	for _, rate := range o.Rates {
		if rate <= 0 || rate > 1e5 {
			return o, eyeshot.Invalid("rates", fmt.Sprint(rate), "must be above 0 and at most 100000")
		}
	}
	return o, nil
}

// warmUp is how long searches are made before any counts. The permission index
// reads the log of changes again until its overlap has passed, and making a large
// world has filled that.
func (o Options) warmUp() time.Duration {
	if o.Documents < 10_000 {
		return time.Second
	}
	return 12 * time.Second
}

// Run measures and reports.
func Run(ctx context.Context, o Options) (_ *report.Report, err error) {
	o, err = o.withDefaults()
	if err != nil {
		return nil, err
	}
	s, err := newStage(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if _, err := s.step(ctx, pace{min(o.Rates[0], 20), o.Clients}, o.warmUp()); err != nil {
		return nil, err
	}
	var steps []step
	for _, p := range o.paces() {
		o.Progress(fmt.Sprintf("%g searches a second, %d clients", p.rate, p.clients))
		measured, err := s.step(ctx, p, o.Step)
		if err != nil {
			return nil, err
		}
		steps = append(steps, measured)
		if measured.overrun && len(o.Sweep) == 0 {
			break // what comes after would measure the backlog
		}
	}
	return s.report(steps), nil
}

// pace is how fast requests come, and over how many connections.
type pace struct {
	rate    float64 // a second
	clients int
}

func (o Options) paces() (all []pace) {
	for _, clients := range o.Sweep {
		all = append(all, pace{o.Rates[0], clients})
	}
	if len(all) > 0 {
		return all
	}
	for _, rate := range o.Rates {
		all = append(all, pace{rate, o.Clients})
	}
	return all
}

// step is one pace, held for a while.
type step struct {
	pace
	length      time.Duration
	answered    float64   // a second
	latencies   []float64 // ms
	waits       []float64 // of latencies, before the request was sent
	failed      int
	changes     int
	allocated   float64 // bytes a request, client included
	allocations float64
	heap        uint64  // bytes in use at the end
	busy        float64 // share of the processors' time that this process used
	overrun     bool    // it fell behind by more than a second
	profile     costs
}

func (s *stage) step(ctx context.Context, p pace, length time.Duration) (out step, err error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	meter := measure.Meter{Clock: measure.Process}
	meter.Start()
	found, err := profiled(func() (err error) { out, err = s.drive(ctx, p, length); return err })
	meter.Stop()
	if err != nil {
		return out, err
	}
	runtime.ReadMemStats(&after)
	n := float64(max(len(out.latencies), 1))
	out.pace, out.profile, out.heap = p, found, after.HeapInuse
	out.length = time.Duration(meter.Wall[0] * float64(time.Microsecond))
	out.answered = float64(len(out.latencies)) / out.length.Seconds()
	out.busy = meter.CPU[0] / meter.Wall[0] / float64(runtime.GOMAXPROCS(0))
	out.allocated, out.allocations = float64(after.TotalAlloc-before.TotalAlloc)/n, float64(after.Mallocs-before.Mallocs)/n
	out.overrun = measure.Quantile(out.waits, 0.9) > 1000
	return out, nil
}
