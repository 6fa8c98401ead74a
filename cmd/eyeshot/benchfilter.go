package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/filter"
	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/internal/app"
)

const filterLong = `Asks the same questions in different ways (our search; over-fetching and checking;
OpenFGA's list as a filter; principals or readers kept on the documents; an index of
its own for each principal; no permissions at all), for principals who may read from
0.01% to all of the documents. Each answer is held to the right one: the tables show
recall, short lists and leaks beside the time.

20,000 documents take a few minutes, 1,000,000 half an hour or more and 8 GB of memory.
Above 100,000 documents for one principal its private index is left out.

With --postgres-env it measures PostgreSQL as well: row-level security, written with
EXISTS and tuned, beside our search on pgvector. It makes a database and two roles on
that server, all named eyeshot_bench_…, and removes them; the role that connects needs
CREATEDB and CREATEROLE, and the server pgvector 0.8 or newer.

With --acl the world is made of a real access list, a file with "user permission" on
each line, packed with gzip or not: permissions become projects, and the principals
are users of the list who may read about the shares asked for. With --tickets and
--teams it is made of real tickets, in their own projects and with vectors of their
texts, which real teams view: JSON lines {key, project, title, description} and
{org, team, parent, members, maintainers}.

With --tenant it measures an installation's own data instead, which it reads and does
not write: a sample of the tenant's users ask for titles of its documents. No server
may have the data directory open meanwhile; a copy will do. The report has numbers
alone: no name, id or text.`

const filterExample = `  eyeshot bench filter
  eyeshot bench filter --documents 100000 --report out
  eyeshot bench filter --only ours --only "private index" --shares 0.01,0.5
  eyeshot bench filter --postgres-env DATABASE_URL
  eyeshot bench filter --acl access.txt.gz --documents 50000
  eyeshot bench filter --tickets tickets.jsonl.gz --teams teams.jsonl.gz
  eyeshot bench filter --tenant acme --sample 50`

func newBenchFilter(c *cli) *cobra.Command {
	var f benchFlags
	var options filter.Options
	var tenant string
	var inputs filterFlags
	var sample int
	cmd := &cobra.Command{
		Use:   "filter",
		Short: "Ways of searching under permissions, side by side, by what may be read",
		Long:  filterLong, Example: filterExample,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if tenant != "" {
				return c.benchOwn(cmd, f, filter.OwnOptions{Tenant: tenant, Sample: sample, Limit: options.Limit, Budget: options.Budget, Seed: f.seed})
			}
			options.Seed = f.seed
			if err := inputs.read(&options, c.environ); err != nil {
				return err
			}
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
	flags.StringVar(&tenant, "tenant", "", "measure this tenant of the data directory, in place of a made-up world")
	flags.IntVar(&sample, "sample", 50, "users of the tenant that are drawn")
	inputs.flags(flags)
	flags.IntVar(&options.Documents, "documents", 20_000, "documents in the world")
	flags.Float64SliceVar(&options.Shares, "shares", []float64{0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 1}, "shares of the documents that principals may read")
	flags.IntVar(&options.Queries, "queries", 60, "questions at each share, in each way")
	flags.IntVar(&options.Limit, "limit", 10, "results of each search")
	flags.DurationVar(&options.Budget, "budget", 5*time.Second, "time for each way at each share, after which it asks no more")
	flags.StringArrayVar(&options.Only, "only", nil, "a way to measure, by its name in the tables; all where none is given")
	return cmd
}

// benchOwn measures a tenant of the configured data directory.
func (c *cli) benchOwn(cmd *cobra.Command, f benchFlags, options filter.OwnOptions) error {
	cfg, logger, err := c.load()
	if err != nil {
		return err
	}
	if _, err := os.Stat(cfg.DataDir); err != nil {
		return eyeshot.Invalid("--data-dir", cfg.DataDir, "is not there: it must be that of an installation")
	}
	return c.bench(cmd, f, func(ctx context.Context) (_ *benchreport.Report, err error) {
		product, err := app.Open(ctx, cfg, app.Options{Logger: logger, Version: version})
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, product.Close()) }()
		return filter.RunOwn(ctx, product, options)
	})
}
