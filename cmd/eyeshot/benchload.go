package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/bench/load"
	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
)

func newBenchLoad(c *cli) *cobra.Command {
	var f benchFlags
	var options load.Options
	cmd := &cobra.Command{
		Use:   "load",
		Short: "Whole searches over HTTP under load, while permissions change",
		Long: `Runs the whole product behind an HTTP server and sends it hybrid searches with the
tokens of principals who may read from 0.1% to all of the documents. Requests arrive
when they are due, at random intervals, whether or not earlier ones are answered, and
their time begins then. Shows latency against throughput, memory and allocations a
request, where processor time and memory went, and what the bottleneck is.

With --sweep-clients one rate is held with each number of clients, so that it shows
what connections cost; what requests wait for them stands beside what the formula of
such a queue says.`,
		Example: `  eyeshot bench load
  eyeshot bench load --documents 100000 --rates 50,100,200 --report out
  eyeshot bench load --rates 50 --sweep-clients 1,2,4,8,16,32,64`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if options.Seed, options.Version = f.seed, version; len(options.Sweep) > 0 && !cmd.Flags().Changed("rates") {
				options.Rates = nil // the default is for steps of rates
			}
			options.Progress = func(what string) {
				if c.colorful(c.err) {
					fmt.Fprintf(c.err, "\r%-40s\r", what)
				}
			}
			return c.bench(cmd, f, func(ctx context.Context) (*benchreport.Report, error) { return load.Run(ctx, options) })
		},
	}
	f.flags(cmd)
	flags := cmd.Flags()
	flags.IntVar(&options.Documents, "documents", 20_000, "documents in the world")
	flags.Float64SliceVar(&options.Rates, "rates", []float64{25, 50, 100, 200}, "searches a second, one step each")
	flags.DurationVar(&options.Step, "step", 10*time.Second, "how long each rate is held")
	flags.IntVar(&options.Clients, "clients", 64, "connections at most")
	flags.IntSliceVar(&options.Sweep, "sweep-clients", nil, "connections at most, one step each at a single rate (default rate 50)")
	flags.Float64Var(&options.Changes, "changes", 10, "permission changes a second meanwhile")
	return cmd
}
