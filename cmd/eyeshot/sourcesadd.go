package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

func newSourcesAdd(c *cli) *cobra.Command {
	var s config.Source
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a source",
		Long: `Adds a source, which the server then reads by itself. It is kept in the data
directory; secrets are not: name the environment variable that holds one. What
cannot be said here, such as a table of accounts, can in the configuration file,
which counts where both have a source of the name.

It works on the data directory, which no server may have open.`,
		Example: `  eyeshot sources add handbook --tenant acme --type files --root /srv/handbook
  eyeshot sources add redmine-main --tenant acme --type redmine --url https://redmine.example.com --key-env REDMINE_KEY --match-email
  eyeshot sources add jira-main --tenant acme --type jira --url https://example.atlassian.net --email bot@example.com --key-env JIRA_TOKEN`,
		Args: needsArg(1, "a name for the source is required"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s.Name = args[0]
			err := c.withProduct(cmd.Context(), func(product *app.App) error { return product.Sources.Add(cmd.Context(), s) })
			if err != nil {
				return err
			}
			return c.print(s, fmt.Sprintf("added %s; try it with: eyeshot sources test %s", s.Name, s.Name))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&s.Tenant, "tenant", "", "tenant that it is for (required)")
	flags.StringVar(&s.Type, "type", "", "files, jsonl, redmine or jira (required)")
	flags.StringVar(&s.URL, "url", "", "address of the source; for files, what links to them begin with")
	flags.StringVar(&s.KeyEnv, "key-env", "", "environment variable with its API key or token")
	flags.StringVar(&s.HookSecretEnv, "hook-secret-env", "", "environment variable with the secret of its webhooks")
	flags.StringVar(&s.Email, "email", "", "whose API token it is (jira)")
	flags.BoolVar(&s.DataCenter, "data-center", false, "it is a Data Center and not Cloud (jira)")
	flags.StringVar(&s.Root, "root", "", "folder with the tree (files)")
	flags.StringVar(&s.Path, "path", "", "path of the file (jsonl)")
	flags.StringVar(&s.Access, "acl", "", "path of its access file (jsonl)")
	flags.DurationVar(&s.Content, "content", 0, "how often changed content is read (default 5m)")
	flags.DurationVar(&s.Permissions, "permissions", 0, "how often permissions are read (default 1m)")
	flags.BoolVar(&s.Public, "public", false, "let everybody read what the source says is public")
	flags.BoolVar(&s.Identities.Email, "match-email", false, "accounts with a verified e-mail address are the user of that name")
	flags.BoolVar(&s.EmailsVerified, "emails-verified", false, "the source's e-mail addresses are verified ones")
	return cmd
}
