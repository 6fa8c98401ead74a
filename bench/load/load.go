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
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

// Options say what is measured.
type Options struct {
	Documents int           // default 20,000; the goal is stated for 100,000
	Rates     []float64     // searches a second, one step each; default 25, 50, 100, 200
	Step      time.Duration // length of a step; default 10 s
	Clients   int           // connections, at most; default 64
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
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.Documents < 100 || o.Documents > 1_000_000 {
		return o, eyeshot.Invalid("documents", fmt.Sprint(o.Documents), "must be between 100 and 1000000")
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
	if _, err := s.step(ctx, min(o.Rates[0], 20), time.Second); err != nil { // warm
		return nil, err
	}
	var steps []step
	var profile hotspots
	for _, rate := range o.Rates {
		o.Progress(fmt.Sprintf("%g searches a second", rate))
		var measured step
		profile, err = profiled(func() (err error) { measured, err = s.step(ctx, rate, o.Step); return err })
		if err != nil {
			return nil, err
		}
		measured.profile = profile
		steps = append(steps, measured)
		if measured.overrun {
			break // what comes after would measure the backlog
		}
	}
	return s.report(steps), nil
}

// step is one rate, held for a while.
type step struct {
	rate, answered float64 // a second: asked for, and reached
	latencies      []float64
	waits          []float64 // of latencies, before the request was sent
	failed         int
	changes        int
	allocated      float64 // bytes a request, client included
	allocations    float64
	overrun        bool // it fell behind by more than a second
	profile        hotspots
}

func (s *stage) step(ctx context.Context, rate float64, length time.Duration) (step, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	out, err := s.drive(ctx, rate, length)
	runtime.ReadMemStats(&after)
	n := float64(max(len(out.latencies), 1))
	out.rate, out.answered = rate, float64(len(out.latencies))/time.Since(began).Seconds()
	out.allocated, out.allocations = float64(after.TotalAlloc-before.TotalAlloc)/n, float64(after.Mallocs-before.Mallocs)/n
	out.overrun = measure.Quantile(out.waits, 0.9) > 1000
	return out, err
}
