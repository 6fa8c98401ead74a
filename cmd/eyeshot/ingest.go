package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/access"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/app"
)

// ingestFlags is what an ingest takes on the command line.
type ingestFlags struct {
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
its number, and is readable by nobody. An ingest that was interrupted goes on
where it stopped. The formats of lines and of the access file are in
docs/ingest.md.

The tenant is set up where it is new.`,
		Example: `  eyeshot ingest --tenant acme --acl access.yaml tickets.jsonl.gz
  eyeshot ingest --tenant acme --source handbook handbook.jsonl
  export-tickets | eyeshot ingest --tenant acme --source jira-main -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New(`one file is required ("-" for standard input): eyeshot ingest --tenant T FILE`)}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			report, err := c.runIngest(cmd.Context(), f, args[0])
			if err != nil && report.Documents == 0 {
				return err
			}
			return errors.Join(c.print(report, renderReport(report)), err, refusedError(report))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.tenant, "tenant", "", "tenant (required)")
	flags.StringVar(&f.source, "source", "jsonl", "name of the source: documents are type:source/id")
	flags.StringVar(&f.format, "format", "jsonl", "format of the file: jsonl")
	flags.StringVar(&f.acl, "acl", "", "access file: groups, projects and levels, and what gives a document its access")
	flags.BoolVar(&f.reindex, "reindex", false, "drop the tenant's index first, as after a change of the embedding model")
	return cmd
}

func (c *cli) runIngest(ctx context.Context, f ingestFlags, path string) (report indexer.Report, err error) {
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
		return report, err
	}
	return c.ingest(ctx, product, f, reader)
}

func (c *cli) ingest(ctx context.Context, product *app.App, f ingestFlags, reader *jsonl.Reader) (indexer.Report, error) {
	if f.reindex {
		if err := product.Indexer.Reindex(ctx, f.tenant); err != nil {
			return indexer.Report{}, err
		}
	}
	checkpoint, err := product.Indexer.Checkpoint(ctx, f.tenant, f.source)
	if err != nil {
		return indexer.Report{}, err
	}
	lines, err := reader.Resume(checkpoint)
	if err != nil {
		return indexer.Report{}, err
	}
	if lines > 0 {
		fmt.Fprintf(c.err, "going on after line %d, where the last ingest of this file stopped\n", lines)
	}
	bar := newBar(c.err, reader)
	defer bar.end()
	run := indexer.Run{Items: reader.Items(ctx), Progress: bar.update}
	run.Access, run.HasAccess = reader.Access()
	report, err := product.Indexer.Run(ctx, f.tenant, f.source, run)
	if errors.Is(err, context.Canceled) {
		err = fmt.Errorf("interrupted after %d documents; the same command goes on from here", report.Documents)
	}
	return report, err
}

func (f ingestFlags) options() (jsonl.Options, error) {
	options := jsonl.Options{Tenant: f.tenant, Source: f.source}
	if f.tenant == "" {
		return options, usageError{errors.New("--tenant is required")}
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

func renderReport(r indexer.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d documents: %d written (%d passages), %d unchanged, %d refused, %d duplicates\n",
		r.Documents, r.Written, r.Chunks, r.Unchanged, r.RefusedTotal(), r.Duplicates)
	fmt.Fprintf(&b, "%d relationships added, %d removed", r.RelationshipsAdded, r.RelationshipsRemoved)
	for _, problem := range r.Problems {
		fmt.Fprintf(&b, "\n  line %d  %s  %s  %s", problem.Line, problem.Kind, problem.Object, problem.Reason)
	}
	if r.ProblemsOmitted > 0 {
		fmt.Fprintf(&b, "\n  and %d more", r.ProblemsOmitted)
	}
	return b.String()
}

// refusedError makes an ingest that could not take everything exit non-zero.
func refusedError(r indexer.Report) error {
	if n := r.RefusedTotal(); n > 0 {
		return fmt.Errorf("%w: %d of %d documents were refused and are readable by nobody; mend the lines named above and ingest again", eyeshot.ErrInvalid, n, r.Documents)
	}
	return nil
}
