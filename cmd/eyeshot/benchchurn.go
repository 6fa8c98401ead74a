package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/bench/churn"
	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
)

func newBenchChurn(c *cli) *cobra.Command {
	var f benchFlags
	var fault string
	options := churn.Options{}
	cmd := &cobra.Command{
		Use:   "churn",
		Short: "Search while everything changes, and count leaks and short lists",
		Long: `Runs the whole product in a temporary directory and, at once: searches of all
kinds of principals, grants and revocations, group edits, moves between projects,
ingestion and deletion, and restarts with another authorization model (an open
product keeps to one). A judge that knows the order of all changes says of every
result whether there was a moment of the search at which it could be read, and of
every short list whether it left out what could be read all the time. The judge
itself is held to OpenFGA's checks.

Exits with 1 on a leak, a short list that did not say why, a search without an
answer, or a disagreement between judge and OpenFGA.`,
		Example: `  eyeshot bench churn
  eyeshot bench churn --duration 1h --seed 7
  eyeshot bench churn --duration 10s --fault open-gate   # it must find something`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options.Seed, options.Fault, options.Version = f.seed, churn.Fault(fault), version
			options.Progress = c.churnProgress()
			var problems []string
			err := c.bench(cmd, f, func(ctx context.Context) (*benchreport.Report, error) {
				result, err := churn.Run(ctx, options)
				problems = result.Problems()
				return result.Report(options), err
			})
			if err == nil && len(problems) > 0 {
				err = errors.New(strings.Join(problems, ", "))
			}
			return err
		},
	}
	f.flags(cmd)
	flags := cmd.Flags()
	flags.DurationVar(&options.Duration, "duration", time.Minute, "how long it runs")
	flags.IntVar(&options.Users, "users", 24, "users in the world")
	flags.IntVar(&options.Documents, "documents", 300, "documents in the world")
	flags.IntVar(&options.Searchers, "searchers", 2, "searches at the same time")
	flags.StringVar(&fault, "fault", "", "break something on purpose: stale-index or open-gate")
	return cmd
}

// churnProgress says how far it is, on a terminal only.
func (c *cli) churnProgress() func(churn.Result) {
	if !c.colorful(c.err) {
		return nil
	}
	return func(r churn.Result) {
		fmt.Fprintf(c.err, "\r%s: %d searches, %d changes, %d leaks, %d short lists ", r.Took.Round(time.Second), r.Searches, r.Total(), r.Leaks, r.Short)
	}
}
