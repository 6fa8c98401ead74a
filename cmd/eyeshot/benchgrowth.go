package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/bench/growth"
	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
)

func newBenchGrowth(c *cli) *cobra.Command {
	var f benchFlags
	var options growth.Options
	cmd := &cobra.Command{
		Use:   "growth",
		Short: "How the permission index grows with documents, groups, shares and nesting",
		Long: `Asks the permission index what a principal may read while one thing grows at a time:
the documents of a company, the groups of a user, its direct shares, the depth of
nesting. Plots cost against size, and prints the exponent of each.`,
		Example: `  eyeshot bench growth
  eyeshot bench growth --documents 1000000 --report out`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options.Seed = f.seed
			return c.bench(cmd, f, func(ctx context.Context) (*benchreport.Report, error) { return growth.Run(ctx, options) })
		},
	}
	f.flags(cmd)
	cmd.Flags().IntVar(&options.Documents, "documents", 100_000, "documents of the largest company")
	cmd.Flags().IntVar(&options.Samples, "samples", 300, "questions at each size")
	return cmd
}
