package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/bench/filter"
	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
)

func newBenchFilter(c *cli) *cobra.Command {
	var f benchFlags
	var options filter.Options
	cmd := &cobra.Command{
		Use:   "filter",
		Short: "Ways of searching under permissions, side by side, by what may be read",
		Long: `Asks the same questions in different ways (our search; over-fetching and checking;
OpenFGA's list as a filter; principals or readers kept on the documents; an index of
its own for each principal; no permissions at all), for principals who may read from
0.01% to all of the documents. Each answer is held to the right one: the tables show
recall, short lists and leaks beside the time.

20,000 documents take about two minutes; 100,000 take ten.`,
		Example: `  eyeshot bench filter
  eyeshot bench filter --documents 100000 --report out
  eyeshot bench filter --only ours --only "private index" --shares 0.01,0.5`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options.Seed = f.seed
			options.Progress = func(what string) {
				if c.colorful(c.err) {
					fmt.Fprintf(c.err, "\r%-40s\r", what)
				}
			}
			return c.bench(cmd, f, func(ctx context.Context) (*benchreport.Report, error) { return filter.Run(ctx, options) })
		},
	}
	f.flags(cmd)
	flags := cmd.Flags()
	flags.IntVar(&options.Documents, "documents", 20_000, "documents in the world")
	flags.Float64SliceVar(&options.Shares, "shares", []float64{0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 1}, "shares of the documents that principals may read")
	flags.IntVar(&options.Queries, "queries", 60, "questions at each share, in each way")
	flags.IntVar(&options.Limit, "limit", 10, "results of each search")
	flags.DurationVar(&options.Budget, "budget", 5*time.Second, "time for each way at each share, after which it asks no more")
	flags.StringArrayVar(&options.Only, "only", nil, "a way to measure, by its name in the tables; all where none is given")
	return cmd
}
