package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/bench/revoke"
)

func newBenchRevoke(c *cli) *cobra.Command {
	var f benchFlags
	var options revoke.Options
	cmd := &cobra.Command{
		Use:   "revoke",
		Short: "What is taken is gone for the next search, what is given is there",
		Long: `Gives and takes memberships, projects, nested groups, clearances and shares, one
after the other, and searches over HTTP for what was given or taken as soon as the
change is acknowledged. Meanwhile others search, and each answer is held to the exact
ones of the moments that it saw: its recall, and results that could be read at none.

Exits with 1 when a search that began after a revocation was acknowledged shows what
was revoked.`,
		Example: `  eyeshot bench revoke
  eyeshot bench revoke --duration 10m --seed 7`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options.Seed, options.Version = f.seed, version
			var shown float64
			err := c.bench(cmd, f, func(ctx context.Context) (*benchreport.Report, error) {
				r, err := revoke.Run(ctx, options)
				if err == nil {
					shown = r.Goals[0].Value
				}
				return r, err
			})
			if err == nil && shown > 0 {
				err = fmt.Errorf("%g results that had been revoked before their search began", shown)
			}
			return err
		},
	}
	f.flags(cmd)
	flags := cmd.Flags()
	flags.DurationVar(&options.Duration, "duration", 20*time.Second, "how long it runs")
	flags.IntVar(&options.Documents, "documents", 2000, "documents that do not change hands, beside those that do")
	flags.IntVar(&options.Users, "users", 12, "users in the world")
	flags.IntVar(&options.Searchers, "searchers", 2, "searches at the same time, beside those that follow changes")
	return cmd
}
