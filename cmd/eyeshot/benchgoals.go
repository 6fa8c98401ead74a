package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/bench/goals"
	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
)

func newBenchGoals(c *cli) *cobra.Command {
	var f benchFlags
	var options goals.Options
	cmd := &cobra.Command{
		Use:   "goals",
		Short: "Every goal, with its figure, and whether it is met",
		Long: `Runs the benchmarks that have goals, at a size that takes less than ten minutes on
two cores, and prints each figure beside its goal and the command that makes it again:
first the ratios that are promised, by name, then the other goals. What needs something
that is not there is shown as not run, never as met. It exits with 0 whether or not
goals are met: a goal is where the program is to get to.`,
		Example: `  eyeshot bench goals
  eyeshot bench goals --documents 100000 --set ../shared/data/retrieval/cranfield --report out`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if options.Quality.Embedder, err = static.BuiltIn(); err != nil {
				return err
			}
			if err := filterInputs(&options.Filter, c.environ, "", options.Postgres); err != nil {
				return err
			}
			options.Seed, options.Version = f.seed, version
			options.Load.Documents, options.Load.Rates, options.Load.Changes = options.Filter.Documents, []float64{100}, 10
			options.Progress = func(what string) { fmt.Fprintln(c.err, what) }
			return c.bench(cmd, f, func(ctx context.Context) (*benchreport.Report, error) { return goals.Run(ctx, options) })
		},
	}
	f.flags(cmd)
	flags := cmd.Flags()
	flags.IntVar(&options.Filter.Documents, "documents", 20_000, "documents of the worlds that are searched")
	flags.IntVar(&options.Index.Documents, "index-documents", 1_000_000, "documents of the permission index")
	flags.IntVar(&options.Filter.Queries, "queries", 40, "questions of each way of searching, at each share")
	flags.DurationVar(&options.Churn.Duration, "soak", time.Minute, "how long the soak runs")
	flags.StringVar(&options.Postgres, "postgres-env", "", "environment variable that holds the connection string of a PostgreSQL with pgvector, for the ratios of row security")
	flags.DurationVar(&options.Revoke.Duration, "revoke", 20*time.Second, "how long revocations are followed by searches")
	flags.StringArrayVar(&options.Quality.Sets, "set", nil, "folder of a test collection for the quality of answers; may be given several times")
	return cmd
}
