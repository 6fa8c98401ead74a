package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/bench/quality"
	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
)

func newBenchQuality(c *cli) *cobra.Command {
	var f benchFlags
	var model string
	var options quality.Options
	cmd := &cobra.Command{
		Use:   "quality --set DIR",
		Short: "How good the answers are, with everything readable and under permissions",
		Long: `Measures nDCG@10 and recall@100 of keyword, semantic and hybrid search on test
collections in the layout of BEIR: corpus.jsonl, queries.jsonl, and qrels.tsv or
qrels/test.tsv, gzipped or not. Then each text goes into one of a hundred projects at
random, and answers are judged against what their reader may read: ours, those of an
index that holds nothing else, and those that over-fetching leaves.`,
		Example: `  eyeshot bench quality --set ../shared/data/retrieval/cranfield --set ../shared/data/retrieval/cisi
  eyeshot bench quality --set scifact --model ./potion-base-8M --report out`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if len(options.Sets) == 0 {
				return usagef("--set is required: a folder with corpus.jsonl, queries.jsonl and qrels.tsv")
			}
			options.Seed = f.seed
			if options.Embedder, err = static.BuiltIn(); err != nil {
				return err
			}
			if model != "" {
				if options.Embedder, err = static.LoadDir(model); err != nil {
					return err
				}
			}
			return c.bench(cmd, f, func(ctx context.Context) (*benchreport.Report, error) { return quality.Run(ctx, options) })
		},
	}
	f.flags(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&options.Sets, "set", nil, "folder of a test collection; may be given several times")
	flags.IntVar(&options.Queries, "queries", 0, "questions of each set, at most; 0 for all")
	flags.StringVar(&model, "model", "", "directory of another Model2Vec model to embed with")
	return cmd
}
