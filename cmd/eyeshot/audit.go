package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/sources"
)

func newAudit(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "audit",
		Short:   "Compare what is in force with the truth",
		Example: `  eyeshot audit drift jira-main`,
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAuditDrift(c))
	return cmd
}

func newAuditDrift(c *cli) *cobra.Command {
	var r remote
	var sample int
	var seed uint64
	cmd := &cobra.Command{
		Use:   "drift NAME",
		Short: "Ask the live source what users see, and compare",
		Long: `Draws users and documents of a source, asks the source itself what those users see
there, and compares it with what Eyeshot would let them read, both ways. It
exits with 1 where anything differs. A change that the last sync has not seen yet
differs as well: sync and audit again.

Through a server (--server) it has to fit into one request: take a smaller sample
of a source that is slow. On the data directory it takes as long as it takes.`,
		Example: `  eyeshot audit drift redmine-main --sample 500
  eyeshot audit drift redmine-main --sample 500 --seed 7`,
		Args: needsArg(1, needsSource),
		RunE: func(cmd *cobra.Command, args []string) error {
			var drift sources.Drift
			err := c.named(cmd.Context(), r, args[0], func(server *serverClient) error {
				return server.post(cmd.Context(), sourcePath(args[0], "audit"), map[string]any{"sample": sample, "seed": seed}, &drift)
			}, func(product *app.App, tenant string) (err error) {
				drift, err = product.Sources.Audit(cmd.Context(), tenant, args[0], sample, seed)
				return err
			})
			if err != nil {
				return err
			}
			if err := c.print(drift, renderDrift(drift)); err != nil {
				return err
			}
			if n := len(drift.Leaks) + len(drift.Hidden); n > 0 {
				return fmt.Errorf("%d of %d answers differ from the source's", n, drift.Asked)
			}
			return nil
		},
	}
	r.flags(cmd)
	cmd.Flags().IntVar(&sample, "sample", 500, "how many pairs of a user and a document are asked about")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "draws the same users and documents again")
	return cmd
}

func renderDrift(d sources.Drift) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: asked about %s and %d documents of each, %d questions: %d leaks, %d hidden", d.Source,
		count(d.People, "user"), d.Asked/max(d.People, 1), d.Asked, len(d.Leaks), len(d.Hidden))
	for _, list := range []struct {
		what string
		all  []sources.Differs
	}{{"Eyeshot shows, and the source does not", d.Leaks}, {"the source shows, and Eyeshot does not", d.Hidden}} {
		for _, one := range list.all {
			fmt.Fprintf(&b, "\n  %s: %s to %s (account %s)", list.what, one.Object, one.Subject, one.Account)
		}
	}
	return b.String()
}
