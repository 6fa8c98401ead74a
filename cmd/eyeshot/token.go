package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// who names a principal on the command line.
type who struct {
	tenant, user, serviceAccount, actor, task string
}

func (w *who) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&w.tenant, "tenant", "", "tenant (required)")
	flags.StringVar(&w.user, "user", "", "user who acts")
	flags.StringVar(&w.serviceAccount, "service-account", "", "service account that acts, in place of a user")
	flags.StringVar(&w.actor, "actor", "", "agent that acts for the user: it sees only what the user also granted it")
	flags.StringVar(&w.task, "task", "", "task that narrows what may be seen further")
	cmd.MarkFlagsMutuallyExclusive("user", "service-account")
}

func (w *who) request(ttl time.Duration) (identity.Request, error) {
	request := identity.Request{Tenant: w.tenant, Subject: w.user, Actor: w.actor, Task: w.task, TTL: ttl}
	if w.serviceAccount != "" {
		request.Subject, request.Type = w.serviceAccount, eyeshot.TypeServiceAccount
	}
	if w.tenant == "" || request.Subject == "" {
		return request, usageError{errors.New("--tenant and one of --user and --service-account are required")}
	}
	return request, nil
}

type tokenResult struct {
	Token string `json:"token"`
}

func newToken(c *cli) *cobra.Command {
	var w who
	var ttl time.Duration
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Mint a token with the key of the data directory",
		Long: `Mints a token that this installation accepts, signed with the key in the data
directory (made where there is none). Whoever can read that directory can act as
anybody: in production let your identity provider issue tokens (docs/tokens.md).`,
		Example: `  eyeshot token --tenant acme --user alice
  eyeshot token --tenant acme --user alice --actor claude --ttl 15m
  eyeshot token --tenant acme --service-account importer`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			request, err := w.request(ttl)
			if err != nil {
				return err
			}
			cfg, _, err := c.load()
			if err != nil {
				return err
			}
			issuer, err := app.OpenIssuer(cfg)
			if err != nil {
				return err
			}
			token, err := issuer.Mint(cmd.Context(), request)
			if err != nil {
				return err
			}
			return c.print(tokenResult{token}, token)
		},
	}
	w.flags(cmd)
	cmd.Flags().DurationVar(&ttl, "ttl", 0, "how long it is valid (default from the configuration: 1h)")
	return cmd
}
