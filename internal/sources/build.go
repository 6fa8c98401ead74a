package sources

import (
	"context"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/files"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
	"github.com/eyeshot-dev/eyeshot/connectors/jira"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
	"github.com/eyeshot-dev/eyeshot/connectors/redmine"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

// Builder makes connectors of their configuration. secret reads an environment
// variable.
func Builder(secret func(name string) string) func(config.Source) (connectors.Connector, error) {
	return func(s config.Source) (connectors.Connector, error) {
		if err := s.Validate("source"); err != nil {
			return nil, err
		}
		hook := ""
		if s.HookSecretEnv != "" {
			if hook = secret(s.HookSecretEnv); hook == "" {
				return nil, unset("hook_secret_env", s.HookSecretEnv)
			}
		}
		switch s.Type {
		case "files":
			return files.New(files.Config{Root: s.Root, Tenant: s.Tenant, Source: s.Name, URL: s.URL})
		case "jsonl":
			return jsonl.NewConnector(jsonl.Config{Path: s.Path, Access: s.Access, Tenant: s.Tenant, Source: s.Name})
		case "redmine":
			return newRedmine(s, secret, hook)
		case "jira":
			return newJira(s, secret, hook)
		}
		return nil, eyeshot.Invalid("type", s.Type, "has no connector")
	}
}

func newRedmine(s config.Source, secret func(string) string, hook string) (connectors.Connector, error) {
	key := secret(s.KeyEnv)
	if key == "" {
		return nil, unset("key_env", s.KeyEnv)
	}
	return redmine.New(redmine.Config{
		Source: s.Name, URL: s.URL, Key: key, Tenant: s.Tenant, Identities: rulesOf(s.Identities),
		EmailsVerified: s.EmailsVerified, Public: s.Public, Trackers: s.Trackers, HookSecret: hook,
	})
}

func newJira(s config.Source, secret func(string) string, hook string) (connectors.Connector, error) {
	if secret(s.KeyEnv) == "" {
		return nil, unset("key_env", s.KeyEnv)
	}
	return jira.New(jira.Config{
		URL: s.URL, Source: s.Name, Tenant: s.Tenant, DataCenter: s.DataCenter, Email: s.Email, Projects: s.Projects,
		Token: func(context.Context) (string, error) {
			if token := secret(s.KeyEnv); token != "" {
				return token, nil
			}
			return "", unset("key_env", s.KeyEnv)
		},
		AllowPublic: s.Public, Identities: rulesOf(s.Identities), TrustEmails: s.EmailsVerified, HookSecret: hook,
	})
}

func rulesOf(a config.SourceAccounts) identities.Rules {
	return identities.Rules{
		Table: a.Table, Attribute: a.Attribute, Email: a.Email, EmailDomains: a.EmailDomains, PlusAddresses: a.PlusAddresses, Prefix: a.Prefix,
	}
}

func unset(key, name string) error {
	return fmt.Errorf("%w: %s names the environment variable %s, which is not set", eyeshot.ErrInvalid, key, name)
}
