package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/bench/index"
	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
)

func newBenchIndex(c *cli) *cobra.Command {
	var f benchFlags
	var options index.Options
	cmd := &cobra.Command{
		Use:   "index",
		Short: "The permission index: time and memory, beside OpenFGA's own list",
		Long: `Builds the permission index of a company of a million documents (10,000 users,
2,000 nested groups, 500 projects, ten security levels, 2% direct shares), and
measures what it holds in memory, what it takes to ask it and to change it, and how
long OpenFGA takes to list what the index answers. It takes about a minute and 3 GiB
of memory; --documents makes the whole company smaller.`,
		Example: `  eyeshot bench index
  eyeshot bench index --documents 100000 --report out`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options.Seed = f.seed
			return c.bench(cmd, f, func(ctx context.Context) (*benchreport.Report, error) { return index.Run(ctx, options) })
		},
	}
	f.flags(cmd)
	cmd.Flags().IntVar(&options.Documents, "documents", 1_000_000, "documents of the company; all else grows with them")
	cmd.Flags().IntVar(&options.Samples, "samples", 2000, "principals that are asked about")
	cmd.Flags().IntVar(&options.Listed, "listed", 10_000, "documents that OpenFGA lists; -1 leaves that out")
	return cmd
}
