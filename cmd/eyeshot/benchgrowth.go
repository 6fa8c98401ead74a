package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/bench/growth"
	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
)

func newBenchGrowth(c *cli) *cobra.Command {
	var f benchFlags
	var options growth.Options
	cmd := &cobra.Command{
		Use:   "growth",
		Short: "How cost grows with documents, groups, shares and nesting",
		Long: `Asks the permission index what a principal may read while one thing grows at a time:
the documents of a company, the groups of a user, its direct shares, the depth of
nesting. Plots cost against size, and prints the exponent of each.

With --whole it measures whole searches instead: the permission index, both lists of
the embedded store, and OpenFGA's word for each result. Writing the worlds takes most
of the time: some minutes with 100,000 documents, and far longer with a million.`,
		Example: `  eyeshot bench growth
  eyeshot bench growth --documents 1000000 --report out
  eyeshot bench growth --whole --shares 20000`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options.Seed, options.Progress = f.seed, func(what string) { fmt.Fprintln(c.err, what) }
			return c.bench(cmd, f, func(ctx context.Context) (*benchreport.Report, error) { return growth.Run(ctx, options) })
		},
	}
	f.flags(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&options.Whole, "whole", false, "measure whole searches, not the permission index alone")
	flags.IntVar(&options.Documents, "documents", 100_000, "documents of the largest company")
	flags.IntVar(&options.Groups, "groups", 10_000, "groups of a user, at most")
	flags.IntVar(&options.Shares, "shares", 0, "direct shares of a user, at most (default 200000, or twice the documents)")
	flags.IntVar(&options.Samples, "samples", 0, "questions at each size (default 300, of whole searches 60)")
	return cmd
}
