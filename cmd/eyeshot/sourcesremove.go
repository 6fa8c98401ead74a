package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

func newSourcesRemove(c *cli) *cobra.Command {
	var tenant string
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove NAME",
		Short: "Take a source away, with all that came from it",
		Long: `Takes away the documents of a source, the relationships that it wrote, what is
remembered of its syncs and what was held back of it; also of one that is
configured no longer, and of what eyeshot ingest brought in under the name. What
others wrote stays, and at the source itself nothing is changed. It says what goes
and asks first; --yes answers where nobody can be asked.

It works on the data directory, which no server may have open. One that was
interrupted goes on when it is run again. A source of the configuration file has to
be taken out of there first.`,
		Example: `  eyeshot sources remove handbook
  eyeshot sources remove handbook --tenant acme --yes`,
		Args: needsArg(1, needsSource),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.runRemove(cmd.Context(), tenant, args[0], yes)
		},
	}
	cmd.Flags().StringVar(&tenant, "tenant", "", "tenant of the source (default the only one that has something of it)")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (c *cli) runRemove(ctx context.Context, tenant, name string, yes bool) error {
	return c.withProduct(ctx, func(product *app.App) error {
		left, err := product.Sources.Leavings(ctx, tenant, name)
		if err != nil {
			return err
		}
		fmt.Fprintln(c.err, renderLeavings(left))
		if !yes {
			if err := c.confirm("Go on?"); err != nil {
				return err
			}
		}
		gone := &counted{}
		bar := c.newCountBar(gone, "removing")
		report, err := product.Sources.Remove(ctx, left.Tenant, name, func(documents int) {
			gone.n.Store(int64(documents))
			bar.update(documents)
		})
		bar.end()
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted after %d documents; the same command goes on from here", report.Deleted)
		}
		if err != nil {
			return unreachable(product.Config, err)
		}
		return c.print(report, renderRemoved(name, report))
	})
}

func renderLeavings(left state.Left) string {
	return fmt.Sprintf("This takes away of source %s in tenant %s: %s, %s, what is remembered of its syncs, and %d held back.\nWhat others wrote stays, and at the source itself nothing is changed.",
		left.Source, left.Tenant, count(left.Documents, "document"), count(left.Relationships, "relationship"), left.HeldBack)
}

func renderRemoved(name string, report sync.Report) string {
	return fmt.Sprintf("removed %s: %s and %s", name, count(report.Deleted, "document"), count(report.TuplesRemoved, "relationship"))
}

// confirm asks on a terminal; elsewhere nobody is there to answer.
func (c *cli) confirm(question string) error {
	if file, ok := c.in.(*os.File); !ok || !term.IsTerminal(int(file.Fd())) {
		return usagef("nobody can be asked here: --yes goes on without")
	}
	fmt.Fprintf(c.err, "%s [y/N] ", question)
	answer, err := bufio.NewReader(c.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was removed")
}
