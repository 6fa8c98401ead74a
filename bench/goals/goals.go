// Package goals runs the benchmarks that have goals, at a size that takes less
// than ten minutes, and says which are met.
package goals

import (
	"context"
	"fmt"

	"github.com/eyeshot-dev/eyeshot/bench/churn"
	"github.com/eyeshot-dev/eyeshot/bench/filter"
	"github.com/eyeshot-dev/eyeshot/bench/index"
	"github.com/eyeshot-dev/eyeshot/bench/load"
	"github.com/eyeshot-dev/eyeshot/bench/quality"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

// Options are those of each benchmark; the seed and version count for all.
type Options struct {
	Index    index.Options
	Filter   filter.Options
	Churn    churn.Options
	Load     load.Options
	Quality  quality.Options // left out where it names no collection
	Seed     uint64
	Version  string
	Progress func(string)
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
	o.Index.Seed, o.Filter.Seed, o.Churn.Seed, o.Load.Seed, o.Quality.Seed = o.Seed, o.Seed, o.Seed, o.Seed, o.Seed
	o.Churn.Version, o.Load.Version = o.Version, o.Version
	out := &report.Report{World: map[string]any{
		"index": o.Index.Documents, "documents": o.Filter.Documents, "queries": o.Filter.Queries, "soak": o.Churn.Duration.String(),
		"load": o.Load.Documents, "sets": o.Quality.Sets,
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
	command := func(format string, args ...any) string {
		return fmt.Sprintf("eyeshot bench "+format+" --seed %d", append(args, o.Seed)...)
	}
	all := []part{
		{command("index --documents %d", o.Index.Documents), func(ctx context.Context) (*report.Report, error) { return index.Run(ctx, o.Index) }},
		{command("filter --documents %d --queries %d", o.Filter.Documents, o.Filter.Queries), func(ctx context.Context) (*report.Report, error) {
			return filter.Run(ctx, o.Filter)
		}},
		{command("churn --duration %s", o.Churn.Duration), func(ctx context.Context) (*report.Report, error) {
			result, err := churn.Run(ctx, o.Churn)
			return result.Report(o.Churn), err
		}},
		{command("load --documents %d --rates %g", o.Load.Documents, o.Load.Rates[0]), func(ctx context.Context) (*report.Report, error) {
			return load.Run(ctx, o.Load)
		}},
	}
	if len(o.Quality.Sets) == 0 {
		return all
	}
	sets := "quality"
	for _, set := range o.Quality.Sets {
		sets += " --set " + set
	}
	return append(all, part{command(sets), func(ctx context.Context) (*report.Report, error) { return quality.Run(ctx, o.Quality) }})
}
