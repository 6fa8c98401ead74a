package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/access"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/app"
)

// ingestFlags is what an ingest takes on the command line.
type ingestFlags struct {
	remote
	tenant, source, format, acl string
	reindex                     bool
}

func newIngest(c *cli) *cobra.Command {
	var f ingestFlags
	cmd := &cobra.Command{
		Use:   "ingest FILE",
		Short: "Bring documents in with their access rules",
		Long: `Reads documents from a file of JSON Lines (gzip too; "-" is standard input) and
brings them in: who may read them first, then what they say. Nothing that is
unchanged is embedded again. A line that can't be taken is counted and named with
its number, and is readable by nobody. The formats of lines and of the access
file are in docs/ingest.md.

It works on the data directory, which no server may have open. An ingest that was
interrupted goes on where it stopped. A tenant that is new is set up.

With --server it sends the documents to a running server, whose token must be that
of an ingester; the tenant is the token's. Access files are not for that way: an
ingester may say who reads a document, not who is in a group.`,
		Example: `  eyeshot ingest --tenant acme --acl access.yaml tickets.jsonl.gz
  eyeshot ingest --tenant acme --source handbook handbook.jsonl
  export-tickets | eyeshot ingest --tenant acme --source jira-main -
  EYESHOT_TOKEN=$(eyeshot token --tenant acme --service-account loader) \
    eyeshot ingest --server http://127.0.0.1:8480 --source handbook handbook.jsonl`,
		Args: needsArg(1, `one file is required ("-" for standard input)`),
		RunE: func(cmd *cobra.Command, args []string) error { return c.runIngest(cmd, f, args[0]) },
	}
	flags := cmd.Flags()
	f.remote.flags(cmd)
	flags.StringVar(&f.tenant, "tenant", "", "tenant (required without --server)")
	flags.StringVar(&f.source, "source", "jsonl", "name of the source: documents are type:source/id")
	flags.StringVar(&f.format, "format", "jsonl", "format of the file: jsonl")
	flags.StringVar(&f.acl, "acl", "", "access file: groups, projects and levels, and what gives a document its access")
	flags.BoolVar(&f.reindex, "reindex", false, "drop the tenant's index first, with what all its sources brought in, as after a change of the embedding model")
	return cmd
}

func (c *cli) runIngest(cmd *cobra.Command, f ingestFlags, path string) error {
	if f.remote.used() {
		return c.ingestByServer(cmd, f, path)
	}
	report, err := c.ingestLocally(cmd.Context(), f, path)
	if err != nil && report.Documents == 0 {
		return err
	}
	return errors.Join(c.print(report, renderReport(report)), err, refusedError(report.RefusedTotal(), report.Documents))
}

func (c *cli) ingestLocally(ctx context.Context, f ingestFlags, path string) (report indexer.Report, err error) {
	options, err := f.options()
	if err != nil {
		return report, err
	}
	cfg, logger, err := c.load()
	if err != nil {
		return report, err
	}
	reader, err := jsonl.Open(path, c.in, options)
	if err != nil {
		return report, err
	}
	defer reader.Close()
	product, err := app.Open(ctx, cfg, app.Options{Logger: logger, Version: version})
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, product.Close()) }()
	if _, err := product.Tenants.Create(ctx, f.tenant); err != nil {
		return report, unreachable(cfg, err)
	}
	report, err = c.ingest(ctx, product, f, reader)
	return report, unreachable(cfg, err)
}

func (c *cli) ingest(ctx context.Context, product *app.App, f ingestFlags, reader *jsonl.Reader) (indexer.Report, error) {
	if err := c.goOn(ctx, product, f, reader); err != nil {
		return indexer.Report{}, err
	}
	bar := c.newBar(reader)
	defer bar.end()
	run := indexer.Run{Items: reader.Items(ctx), Progress: func(report indexer.Report) { bar.update(report.Documents) }}
	run.Access, run.HasAccess = reader.Access()
	report, err := product.Indexer.Run(ctx, f.tenant, f.source, run)
	if ctx.Err() != nil {
		err = fmt.Errorf("interrupted after %d documents; the same command goes on from here", report.Documents)
	}
	return report, err
}

// goOn brings the reader to where the last ingest of the source stopped. What
// is dropped for a new index has to be read from its beginning.
func (c *cli) goOn(ctx context.Context, product *app.App, f ingestFlags, reader *jsonl.Reader) error {
	if f.reindex {
		return product.Indexer.Reindex(ctx, f.tenant)
	}
	checkpoint, err := product.Indexer.Checkpoint(ctx, f.tenant, f.source)
	if err != nil {
		return err
	}
	lines, err := reader.Resume(checkpoint)
	if err == nil && lines > 0 {
		fmt.Fprintf(c.err, "going on after line %d, where the last ingest of this file stopped\n", lines)
	}
	return err
}

func (f ingestFlags) options() (jsonl.Options, error) {
	options := jsonl.Options{Tenant: f.tenant, Source: f.source}
	if f.tenant == "" {
		return options, usagef("--tenant is required (or --server, to send the documents to a running server)")
	}
	if f.format != "jsonl" {
		return options, eyeshot.Invalid("--format", f.format, "must be jsonl")
	}
	if f.acl == "" {
		return options, nil
	}
	file, err := access.Read(f.acl)
	options.Access = file
	return options, err
}
