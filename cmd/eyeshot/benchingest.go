package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/bench/ingest"
	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
)

func newBenchIngest(c *cli) *cobra.Command {
	var f benchFlags
	var options ingest.Options
	cmd := &cobra.Command{
		Use:   "ingest",
		Short: "Bringing documents in: the first time, unchanged, edited, moved",
		Long: `Brings made-up documents into the whole product, in a temporary directory, and then
the same again: with nothing changed, with one in a hundred edited, and with one in a
hundred in another project.`,
		Example: `  eyeshot bench ingest
  eyeshot bench ingest --documents 100000 --words 300`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options.Seed, options.Version = f.seed, version
			return c.bench(cmd, f, func(ctx context.Context) (*benchreport.Report, error) { return ingest.Run(ctx, options) })
		},
	}
	f.flags(cmd)
	cmd.Flags().IntVar(&options.Documents, "documents", 10_000, "documents that are brought in")
	cmd.Flags().IntVar(&options.Words, "words", 120, "words of a text, on average")
	return cmd
}
