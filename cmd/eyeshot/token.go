package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/config"
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
}

func (w *who) request(ttl time.Duration) (identity.Request, error) {
	request := identity.Request{Tenant: w.tenant, Subject: w.user, Actor: w.actor, Task: w.task, TTL: ttl}
	switch {
	case w.tenant == "":
		return request, usagef("--tenant is required, and one of --user and --service-account")
	case w.user == "" && w.serviceAccount == "":
		return request, usagef("one of --user and --service-account is required")
	case w.user != "" && w.serviceAccount != "":
		return request, usagef("--user and --service-account are both given; one of them acts")
	case w.serviceAccount != "":
		request.Subject, request.Type = w.serviceAccount, eyeshot.TypeServiceAccount
	}
	return request, nil
}

// keyFile is the local issuer's key in the data directory (package identity).
const keyFile = "issuer.jwk"

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
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("ttl") && ttl <= 0 {
				return usagef("--ttl %s: a token must be valid for a second or more, such as 15m", ttl)
			}
			token, err := c.runToken(cmd, w, ttl)
			if err != nil {
				return err
			}
			return c.print(tokenResult{token}, token)
		},
	}
	w.flags(cmd)
	cmd.Flags().DurationVar(&ttl, "ttl", 0, "how long it is valid, at most 24h (default from the configuration: 1h)")
	return cmd
}

func (c *cli) runToken(cmd *cobra.Command, w who, ttl time.Duration) (string, error) {
	request, err := w.request(ttl)
	if err != nil {
		return "", err
	}
	if _, err := request.Principal(); err != nil { // before a key is made
		return "", err
	}
	cfg, _, err := c.load()
	if err != nil {
		return "", err
	}
	_, err = os.Stat(filepath.Join(cfg.DataDir, keyFile))
	isNew := errors.Is(err, fs.ErrNotExist)
	issuer, err := app.OpenIssuer(cfg)
	if err != nil {
		return "", err
	}
	c.warn(cfg, isNew)
	return issuer.Mint(cmd.Context(), request)
}

// warn says where a token will not do what somebody may expect of it.
func (c *cli) warn(cfg config.Config, isNew bool) {
	if !cfg.Tokens.Local {
		fmt.Fprintln(c.err, "note: tokens.local is false, so a server with this configuration does not take the token")
	}
	if isNew {
		fmt.Fprintf(c.err, "note: made a new key in %s; only a server with this data directory takes its tokens\n", cfg.DataDir)
	}
}
