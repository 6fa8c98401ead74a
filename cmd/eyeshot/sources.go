package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
	"github.com/eyeshot-dev/eyeshot/internal/sources"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

func newSources(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sources",
		Short: "Look after the systems that documents come from",
		Long: `Lists, adds, tests and removes the sources, says which of their accounts are
nobody's, and approves what was held back. Sources stand in the configuration file, or are
added with eyeshot sources add; docs/connectors.md describes them.`,
		Example: `  eyeshot sources list
  eyeshot sources test jira-main`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSourcesList(c), newSourcesAdd(c), newSourcesTest(c), newSourcesIdentities(c), newSourcesReview(c), newSourcesRemove(c))
	return cmd
}

func newSourcesList(c *cli) *cobra.Command {
	var r remote
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the sources with the last sync of each",
		Example: `  eyeshot sources list`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var out httpapi.SourcesResponse
			err := c.either(cmd.Context(), r, func(server *serverClient) error {
				return server.get(cmd.Context(), "/v1/sources", &out)
			}, func(product *app.App) (err error) {
				out.Sources, err = product.Sources.List(cmd.Context(), "")
				return err
			})
			if err != nil {
				return err
			}
			return c.print(out.Sources, renderSources(out.Sources))
		},
	}
	r.flags(cmd)
	return cmd
}

func renderSources(all []sources.Status) string {
	if len(all) == 0 {
		return "no sources; eyeshot sources add adds one"
	}
	return table(func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "NAME\tTYPE\tTENANT\tDOCUMENTS\tHELD BACK\tCONTENT\tPERMISSIONS\tLAST SYNC")
		for _, s := range all {
			last := "never"
			if s.Last != nil {
				last = s.Last.State + " " + s.Last.Started.Format("2006-01-02 15:04:05")
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\n", s.Name, s.Type, s.Tenant, s.Documents, s.HeldBack, s.Content, s.Permissions, last)
		}
	})
}

// either works through a server or on the data directory.
func (c *cli) either(ctx context.Context, r remote, remotely func(*serverClient) error, locally func(*app.App) error) error {
	if !r.used() {
		return c.withProduct(ctx, locally)
	}
	server, err := r.connect(c.environ)
	if err != nil {
		return err
	}
	return remotely(server)
}

// named is either for a command that is about one source.
func (c *cli) named(ctx context.Context, r remote, name string, remotely func(*serverClient) error, locally func(product *app.App, tenant string) error) error {
	return c.either(ctx, r, remotely, func(product *app.App) error {
		tenant, err := product.Sources.TenantOf(name)
		if err != nil {
			return err
		}
		return unreachable(product.Config, locally(product, tenant))
	})
}

const needsSource = "the name of one source is required; eyeshot sources list shows them"

func newSourcesTest(c *cli) *cobra.Command {
	var r remote
	cmd := &cobra.Command{
		Use:     "test NAME",
		Short:   "Say what a source's credentials can and cannot see",
		Long:    "Asks the source, changes nothing, and says in words what a sync will see and what it will miss.",
		Example: `  eyeshot sources test jira-main`,
		Args:    needsArg(1, needsSource),
		RunE: func(cmd *cobra.Command, args []string) error {
			var out httpapi.TestResponse
			err := c.named(cmd.Context(), r, args[0], func(server *serverClient) error {
				return server.get(cmd.Context(), sourcePath(args[0], "test"), &out)
			}, func(product *app.App, tenant string) (err error) {
				out.Findings, err = product.Sources.Probe(cmd.Context(), tenant, args[0])
				return err
			})
			if err != nil {
				return err
			}
			text, good := renderFindings(out.Findings)
			if err := c.print(out, text); err != nil || good {
				return err
			}
			return fmt.Errorf("a sync of %s will not see everything, as said above", args[0])
		},
	}
	r.flags(cmd)
	return cmd
}

func renderFindings(findings []connectors.Finding) (text string, good bool) {
	good = true
	for i, f := range findings {
		mark := "  ok  "
		if !f.OK {
			mark, good = "  !!  ", false
		}
		if i > 0 {
			text += "\n"
		}
		text += mark + f.Text
	}
	return text, good
}

func newSourcesIdentities(c *cli) *cobra.Command {
	var r remote
	var all bool
	cmd := &cobra.Command{
		Use:   "identities NAME",
		Short: "List the accounts of a source that are nobody's",
		Long: `Lists the accounts of a source that no user of the tenant was found for, why, and
how many documents each would open if it were somebody's. With --all it lists the
others as well, with the user that each is.`,
		Example: `  eyeshot sources identities jira-main
  eyeshot sources identities --all jira-main`,
		Args: needsArg(1, needsSource),
		RunE: func(cmd *cobra.Command, args []string) error {
			var out httpapi.IdentitiesResponse
			err := c.named(cmd.Context(), r, args[0], func(server *serverClient) error {
				return server.get(cmd.Context(), sourcePath(args[0], "identities"), &out)
			}, func(product *app.App, tenant string) (err error) {
				out.Accounts, err = product.Sources.Identities(cmd.Context(), tenant, args[0])
				return err
			})
			if err != nil {
				return err
			}
			shown, matched := choose(out.Accounts, all)
			return c.print(shown, renderAccounts(shown, matched, len(out.Accounts)))
		},
	}
	r.flags(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "list the accounts that are somebody's, too")
	return cmd
}

func choose(accounts []sources.Account, all bool) (shown []sources.Account, matched int) {
	shown = []sources.Account{}
	for _, a := range accounts {
		if a.Matched() {
			matched++
		}
		if all || !a.Matched() {
			shown = append(shown, a)
		}
	}
	return shown, matched
}

func renderAccounts(shown []sources.Account, matched, of int) string {
	head := fmt.Sprintf("%d of %s are somebody's", matched, count(of, "account"))
	if len(shown) == 0 {
		return head
	}
	return head + "\n" + table(func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "ACCOUNT\tLOGIN\tE-MAIL\tIS\tWOULD OPEN\tWHY")
		for _, a := range shown {
			is, opens := "nobody's", fmt.Sprint(a.Opens)
			if a.Matched() {
				is, opens = string(a.Subject)+" (by "+string(a.By)+")", ""
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.Account.ID, a.Account.Login, a.Account.Email, is, opens, a.Reason)
		}
	})
}

func newSourcesReview(c *cli) *cobra.Command {
	var r remote
	var approve []string
	var everything bool
	cmd := &cobra.Command{
		Use:   "review NAME",
		Short: "List what is held back, and approve it",
		Long: `Lists documents and projects that the last syncs would have opened to many more
people than before, and that keep their old permissions until an admin approves.
An approval is for what the source wants now: should it want something else by
then, that is held back again. The next sync opens what was approved.`,
		Example: `  eyeshot sources review jira-main
  eyeshot sources review jira-main --approve ticket:jira-main/PAY-1482
  eyeshot sources review jira-main --approve-all`,
		Args: needsArg(1, needsSource),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.runReview(cmd.Context(), r, args[0], approve, everything)
		},
	}
	r.flags(cmd)
	cmd.Flags().StringArrayVar(&approve, "approve", nil, "document or project to open (may be given several times)")
	cmd.Flags().BoolVar(&everything, "approve-all", false, "open all that is listed")
	return cmd
}

func (c *cli) runReview(ctx context.Context, r remote, name string, approve []string, everything bool) error {
	var out httpapi.HeldResponse
	approved := 0
	err := c.named(ctx, r, name, func(server *serverClient) error {
		if err := server.get(ctx, sourcePath(name, "held"), &out); err != nil {
			return err
		}
		objects := toApprove(out.Held, approve, everything)
		if approved = len(objects); approved == 0 {
			return nil
		}
		return server.post(ctx, sourcePath(name, "approve"), map[string]any{"objects": objects}, nil, 204)
	}, func(product *app.App, tenant string) (err error) {
		if out.Held, err = product.Sources.Held(ctx, tenant, name); err != nil {
			return err
		}
		objects := toApprove(out.Held, approve, everything)
		if approved = len(objects); approved == 0 {
			return nil
		}
		return product.Sources.Approve(ctx, tenant, name, objects, "operator")
	})
	if err != nil {
		return err
	}
	return c.print(out, renderHeld(out.Held, approved, name))
}

func toApprove(held []state.Held, named []string, everything bool) []eyeshot.Object {
	var out []eyeshot.Object
	for _, name := range named {
		out = append(out, eyeshot.Object(name))
	}
	for _, h := range held {
		if everything && h.Approved == "" {
			out = append(out, h.Object)
		}
	}
	return out
}

func renderHeld(held []state.Held, approved int, name string) string {
	if len(held) == 0 {
		return "nothing is held back"
	}
	text := table(func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "OBJECT\tSINCE\tWHY")
		for _, h := range held {
			why := h.Reason
			if h.Approved != "" {
				why += " (approved by " + h.Approved + ", waits for the next sync)"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", h.Object, h.Since.Format("2006-01-02 15:04"), why)
		}
	})
	if approved > 0 {
		text += fmt.Sprintf("\napproved %d; the next sync opens them: eyeshot sync %s", approved, name)
	}
	return text
}
