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
	"github.com/eyeshot-dev/eyeshot/bench/revoke"
	"github.com/eyeshot-dev/eyeshot/bench/scan"
)

// Options are those of each benchmark; the seed and version count for all.
type Options struct {
	Index    index.Options
	Filter   filter.Options
	Churn    churn.Options
	Load     load.Options
	Revoke   revoke.Options
	Scan     scan.Options
	Quality  quality.Options // left out where it names no collection
	Postgres string          // how a command names the server of Filter.Postgres: a variable, never a connection string
	Seed     uint64
	Version  string
	Progress func(string)
}

// part is one benchmark.
type part struct {
	bench   string
	command string
	run     func(context.Context) (*report.Report, error)
}

// Run runs all, one after the other, and puts their goals side by side: first the
// ratios that are promised, each by its name, then the other goals.
func Run(ctx context.Context, o Options) (*report.Report, error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	o.seed()
	out := &report.Report{World: map[string]any{
		"index": o.Index.Documents, "documents": o.Filter.Documents, "queries": o.Filter.Queries, "soak": o.Churn.Duration.String(),
		"load": o.Load.Documents, "sets": o.Quality.Sets,
		"revoke": o.Revoke.Duration.String(), "row security": o.Postgres != "",
	}}
	took := report.Table{Title: "What it took", Head: []string{"", "time"}}
	began := time.Now()
	var figures []figure
	for _, p := range o.parts() {
		o.Progress(p.command)
		start := time.Now()
		r, err := p.run(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.command, err)
		}
		took.Rows = append(took.Rows, []string{p.bench, since(start)})
		for _, goal := range r.Goals {
			goal.Command = p.command
			figures = append(figures, figure{p.bench, goal})
		}
	}
	took.Rows = append(took.Rows, []string{"all", since(began)})
	out.Tables = []report.Table{took}
	conclude(out, figures, o.Filter.Postgres != "")
	return out, nil
}

func (o *Options) seed() {
	o.Index.Seed, o.Filter.Seed, o.Churn.Seed, o.Load.Seed, o.Quality.Seed = o.Seed, o.Seed, o.Seed, o.Seed, o.Seed
	o.Revoke.Seed, o.Scan.Seed = o.Seed, o.Seed
	o.Churn.Version, o.Load.Version, o.Revoke.Version = o.Version, o.Version, o.Version
}

// conclude puts the goals into the report, and says how many are met.
func conclude(out *report.Report, figures []figure, postgres bool) {
	goals, promised := arrange(figures, postgres)
	out.Goals = goals
	met, missing := 0, 0
	for _, goal := range goals {
		switch {
		case goal.NotRun != "":
			missing++
			continue
		case goal.Met():
			met++
		}
		out.Add(goal.Name, goal.Unit, goal.Value, nil)
	}
	out.Notes = append(out.Notes,
		fmt.Sprintf("The first %d are the ratios that are promised; the others are what each benchmark holds itself to.", promised),
		fmt.Sprintf("Of %d goals %d are met, %d are not met, %d were not run.", len(goals), met, out.Unmet(), missing))
}

func since(start time.Time) string { return time.Since(start).Round(time.Second).String() }

func (o Options) parts() []part {
	command := func(format string, args ...any) string {
		return fmt.Sprintf("eyeshot bench "+format+" --seed %d", append(args, o.Seed)...)
	}
	postgres := ""
	if o.Postgres != "" {
		postgres = " --postgres-env " + o.Postgres
	}
	all := []part{
		{"index", command("index --documents %d", o.Index.Documents), func(ctx context.Context) (*report.Report, error) { return index.Run(ctx, o.Index) }},
		{"filter", command("filter --documents %d --queries %d%s", o.Filter.Documents, o.Filter.Queries, postgres), func(ctx context.Context) (*report.Report, error) {
			return filter.Run(ctx, o.Filter)
		}},
		{"churn", command("churn --duration %s", o.Churn.Duration), func(ctx context.Context) (*report.Report, error) {
			result, err := churn.Run(ctx, o.Churn)
			return result.Report(o.Churn), err
		}},
		{"load", command("load --documents %d --rates %g", o.Load.Documents, o.Load.Rates[0]), func(ctx context.Context) (*report.Report, error) {
			return load.Run(ctx, o.Load)
		}},
		{"revoke", command("revoke --duration %s", o.Revoke.Duration), func(ctx context.Context) (*report.Report, error) {
			return revoke.Run(ctx, o.Revoke)
		}},
		{"scan", command("scan"), func(ctx context.Context) (*report.Report, error) { return scan.Run(ctx, o.Scan) }},
	}
	if len(o.Quality.Sets) == 0 {
		return all
	}
	sets := "quality"
	for _, set := range o.Quality.Sets {
		sets += " --set " + set
	}
	return append(all, part{"quality", command(sets), func(ctx context.Context) (*report.Report, error) { return quality.Run(ctx, o.Quality) }})
}
