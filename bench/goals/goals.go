// Package goals runs the benchmarks that have goals, at a size that takes less
// than ten minutes, and says which are met.
package goals

import (
	"context"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot/bench/churn"
	"github.com/eyeshot-dev/eyeshot/bench/filter"
	"github.com/eyeshot-dev/eyeshot/bench/index"
	"github.com/eyeshot-dev/eyeshot/bench/load"
	"github.com/eyeshot-dev/eyeshot/bench/quality"
	"github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
)

// Options say at what size.
type Options struct {
	Documents int           // of the worlds that are searched
	Index     int           // of the permission index
	Soak      time.Duration // length of the soak
	Queries   int           // of each way and share
	Sets      []string      // test collections; quality is left out without any
	Embedder  embed.Embedder
	Seed      uint64
	Version   string
	Progress  func(string)
}

// part is one benchmark.
type part struct {
	command string
	run     func(context.Context) (*report.Report, error)
}

// Run runs all, one after the other, and puts their goals side by side.
func Run(ctx context.Context, o Options) (*report.Report, error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	out := &report.Report{World: map[string]any{
		"documents": o.Documents, "index": o.Index, "soak": o.Soak.String(), "queries": o.Queries, "sets": o.Sets,
	}}
	for _, p := range o.parts() {
		o.Progress(p.command)
		r, err := p.run(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.command, err)
		}
		for _, goal := range r.Goals {
			goal.Command = p.command
			out.Goals = append(out.Goals, goal)
			out.Add(goal.Name, goal.Unit, goal.Value, nil)
		}
	}
	if n := out.Unmet(); n > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%d of %d goals are not met.", n, len(out.Goals)))
	}
	return out, nil
}

func (o Options) parts() []part {
	seed := fmt.Sprintf(" --seed %d", o.Seed)
	all := []part{
		{fmt.Sprintf("eyeshot bench index --documents %d", o.Index) + seed, func(ctx context.Context) (*report.Report, error) {
			return index.Run(ctx, index.Options{Documents: o.Index, Seed: o.Seed})
		}},
		{fmt.Sprintf("eyeshot bench filter --documents %d --queries %d", o.Documents, o.Queries) + seed, func(ctx context.Context) (*report.Report, error) {
			return filter.Run(ctx, filter.Options{Documents: o.Documents, Queries: o.Queries, Seed: o.Seed})
		}},
		{fmt.Sprintf("eyeshot bench churn --duration %s", o.Soak) + seed, func(ctx context.Context) (*report.Report, error) {
			options := churn.Options{Duration: o.Soak, Seed: o.Seed, Version: o.Version}
			result, err := churn.Run(ctx, options)
			return result.Report(options), err
		}},
		{fmt.Sprintf("eyeshot bench load --documents %d --rates 100", o.Documents) + seed, func(ctx context.Context) (*report.Report, error) {
			return load.Run(ctx, load.Options{Documents: o.Documents, Rates: []float64{100}, Changes: 10, Seed: o.Seed, Version: o.Version})
		}},
	}
	if len(o.Sets) == 0 {
		return all
	}
	command := "eyeshot bench quality"
	for _, set := range o.Sets {
		command += " --set " + set
	}
	return append(all, part{command + seed, func(ctx context.Context) (*report.Report, error) {
		return quality.Run(ctx, quality.Options{Sets: o.Sets, Embedder: o.Embedder, Seed: o.Seed})
	}})
}
