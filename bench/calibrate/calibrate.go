// Package calibrate measures what each way of searching a store costs, on the
// machine and with the store that it runs on, and fits the planner's cost model
// to it. It works in a tenant of its own, which it drops.
package calibrate

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Tenant is the tenant that is made in the store, and dropped at the end.
const Tenant = "eyeshot-calibration"

// Options of a calibration. Zero fields take the defaults.
type Options struct {
	Documents int // in the larger of the two worlds that are measured; default 20,000
	Dimension int // of the vectors; default 256
	Queries   int // at each point; default 15
	Seed      uint64
	Progress  func(done, of int) // called before each point is measured; may be nil
}

func (o Options) withDefaults() Options {
	if o.Documents == 0 {
		o.Documents = 20_000
	}
	if o.Dimension == 0 {
		o.Dimension = 256
	}
	if o.Queries == 0 {
		o.Queries = 15
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	return o
}

// Point is one thing that was measured.
type Point struct {
	Way    store.Way
	Load   store.Load
	Median time.Duration // of a search and the first page of both lists
	Fitted time.Duration // what the cost model says
}

// Result is what a calibration found.
type Result struct {
	Calibration store.Calibration
	Points      []Point
}

// Run measures a driver. It fails with [eyeshot.ErrConflict] where the store
// has the calibration's tenant already, as after a run that was killed.
func Run(ctx context.Context, driver *store.Service, options Options) (result Result, err error) {
	options = options.withDefaults()
	capabilities := driver.Capabilities()
	stats, err := driver.Stats(ctx, Tenant)
	if err != nil {
		return result, fmt.Errorf("look at the store: %w", err)
	}
	if stats.Model.Dimension != 0 {
		return result, fmt.Errorf("%w: the store has a tenant %s, left by a calibration that was killed: run again with --drop", eyeshot.ErrConflict, Tenant)
	}
	defer func() { err = errors.Join(err, Drop(context.WithoutCancel(ctx), driver)) }()
	w := newWorld(driver, options)
	if err := driver.Prepare(ctx, Tenant, store.EmbeddingModel{Name: "calibration", Dimension: options.Dimension}); err != nil {
		return result, fmt.Errorf("make the calibration's tenant: %w", err)
	}
	if result.Points, err = w.measure(ctx, capabilities); err != nil {
		return result, err
	}
	result.Calibration = store.Calibration{
		Store: capabilities.Name, Machine: fmt.Sprintf("%s/%s, %d processors", runtime.GOOS, runtime.GOARCH, runtime.NumCPU()),
		MeasuredAt: time.Now().UTC().Truncate(time.Second), Documents: options.Documents, Dimension: options.Dimension,
		Costs: fitAll(capabilities, result.Points),
	}
	return result, nil
}

// Drop removes what a calibration that was killed left in a store.
func Drop(ctx context.Context, driver *store.Service) error {
	if err := driver.DropIndex(ctx, Tenant); err != nil {
		return fmt.Errorf("drop the calibration's tenant: %w", err)
	}
	return nil
}
