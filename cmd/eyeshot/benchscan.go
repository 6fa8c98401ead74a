package main

import (
	"context"

	"github.com/spf13/cobra"

	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/bench/scan"
)

func newBenchScan(c *cli) *cobra.Command {
	var f benchFlags
	var options scan.Options
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "How fast vectors are scanned, against how fast memory delivers them",
		Long: `Scans vectors with the embedded store's kernel, and reads the same bytes without
doing anything with them, in turn: with one core and with all, where a search may
look at every vector and where it may look at few, scattered ones.`,
		Example: `  eyeshot bench scan
  eyeshot bench scan --vectors 1000000 --shares 1,0.01`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options.Seed = f.seed
			return c.bench(cmd, f, func(ctx context.Context) (*benchreport.Report, error) { return scan.Run(ctx, options) })
		},
	}
	f.flags(cmd)
	flags := cmd.Flags()
	flags.IntVar(&options.Vectors, "vectors", 200_000, "vectors that there are: more than fit into the processor's caches")
	flags.IntVar(&options.Dimension, "dimension", 256, "dimension of the vectors")
	flags.Float64SliceVar(&options.Shares, "shares", []float64{1, 0.5, 0.2, 0.05}, "shares of the vectors that may be looked at")
	flags.IntVar(&options.Rounds, "rounds", 30, "scans and reads at each share")
	return cmd
}
