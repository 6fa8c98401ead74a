package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/store/migrate"
)

func newMigrate(c *cli) *cobra.Command {
	var m app.Migration
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Copy tenants from one store to another, without embedding anew",
		Long: `Copies what a store holds of a tenant, vectors included, to another store, both as
the configuration describes them, and compares the two at the end: the counts, and
the answers to a sample of searches. Nothing is embedded again, and permissions
stay where they are.

It works on the data directory, which no server may have open. One that was stopped
goes on when it is run again; what is there already is left alone. Afterwards, set
store.kind to the new store and start the server.`,
		Example: `  eyeshot migrate --from embedded --to pgvector
  eyeshot migrate --from pgvector --to embedded --tenant acme`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.runMigrate(cmd, m) },
	}
	flags := cmd.Flags()
	flags.StringVar(&m.From, "from", "", "store to copy from: embedded, pgvector or qdrant (default the configured one)")
	flags.StringVar(&m.To, "to", "", "store to copy to (required)")
	flags.StringVar(&m.Tenant, "tenant", "", "tenant to copy (default all)")
	return cmd
}

func (c *cli) runMigrate(cmd *cobra.Command, m app.Migration) error {
	if m.To == "" {
		return usagef("--to is required: embedded, pgvector or qdrant")
	}
	cfg, _, err := c.load()
	if err != nil {
		return err
	}
	if m.From == "" {
		m.From = cfg.Store.Kind
	}
	progress := &copied{}
	bar := c.newCountBar(progress, "copying")
	m.Progress = func(report migrate.Report) {
		progress.Report = report
		bar.update(report.Done())
	}
	reports, err := app.Migrate(cmd.Context(), cfg, m)
	bar.end()
	if cmd.Context().Err() != nil {
		err = errors.New("interrupted; the same command goes on from here")
	}
	if len(reports) == 0 {
		return err
	}
	text := renderMigration(reports)
	if err == nil {
		text += fmt.Sprintf("\nset store.kind to %s to use it", m.To)
	}
	return errors.Join(c.print(reports, text), unreachable(cfg, err))
}

// copied is how far a migration is.
type copied struct{ migrate.Report }

// Progress implements measured.
func (c *copied) Progress() (done, of int64) { return int64(c.Done()), int64(c.Documents) }

func renderMigration(reports []migrate.Report) string {
	lines := make([]string, len(reports))
	for i, r := range reports {
		lines[i] = fmt.Sprintf("%s: %d of %d documents copied, %d were there already, %d removed, %d searches compared",
			r.Tenant, r.Copied, r.Documents, r.Unchanged, r.Removed, r.Compared)
	}
	return strings.Join(lines, "\n")
}
