package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// SourceTypes are the kinds of source that there are connectors for.
var SourceTypes = []string{"files", "jsonl", "redmine", "jira"}

// Source is a system that documents come from by themselves.
type Source struct {
	Name          string         `koanf:"name" json:"name" doc:"Name of the source, with which the ids of its documents begin; no '/'."`
	Type          string         `koanf:"type" json:"type" doc:"files, jsonl, redmine or jira."`
	Tenant        string         `koanf:"tenant" json:"tenant" doc:"Tenant that it is for."`
	Content       time.Duration  `koanf:"content" json:"content,omitempty" doc:"How often changed content is read. 0: 5m. Below 0: never by itself."`
	Permissions   time.Duration  `koanf:"permissions" json:"permissions,omitempty" doc:"How often permissions alone are read. 0: 1m. Below 0: never by themselves."`
	Full          time.Duration  `koanf:"full" json:"full,omitempty" doc:"How often everything is read, which finds what is gone. 0: 24h. Below 0: never by itself."`
	Public        bool           `koanf:"public" json:"public,omitempty" doc:"Let what the source says is public be read by everybody."`
	Guard         SourceGuard    `koanf:"guard" json:"guard,omitzero"`
	Identities    SourceAccounts `koanf:"identities" json:"identities,omitzero"`
	HookSecretEnv string         `koanf:"hook_secret_env" json:"hook_secret_env,omitempty" doc:"Environment variable with the secret that webhooks are signed with. Empty: no webhooks."`

	URL            string              `koanf:"url" json:"url,omitempty" doc:"redmine, jira: address of the source. files: what links to files begin with."`
	KeyEnv         string              `koanf:"key_env" json:"key_env,omitempty" doc:"redmine, jira: environment variable with the API key or token."`
	Email          string              `koanf:"email" json:"email,omitempty" doc:"jira: whose API token it is. Empty: the token is a bearer token."`
	DataCenter     bool                `koanf:"data_center" json:"data_center,omitempty" doc:"jira: a Data Center and not Cloud."`
	Projects       []string            `koanf:"projects" json:"projects,omitempty" doc:"jira: keys of the projects to read. Empty: all that the token sees."`
	EmailsVerified bool                `koanf:"emails_verified" json:"emails_verified,omitempty" doc:"redmine, jira: the source's e-mail addresses are verified: users can't set their own."`
	Trackers       map[string][]string `koanf:"trackers" json:"trackers,omitempty" doc:"redmine: by role, the trackers that its view is restricted to, where that can't be found by asking."`
	Root           string              `koanf:"root" json:"root,omitempty" doc:"files: folder with the tree."`
	Path           string              `koanf:"path" json:"path,omitempty" doc:"jsonl: the file."`
	Access         string              `koanf:"access" json:"access,omitempty" doc:"jsonl: its access file."`
}

// SourceGuard says which documents wait for an admin before they are opened.
type SourceGuard struct {
	Off      bool    `koanf:"off" json:"off,omitempty" doc:"Hold nothing back."`
	Everyone bool    `koanf:"everyone" json:"everyone,omitempty" doc:"Do not hold back what is opened to everyone."`
	Share    float64 `koanf:"share" json:"share,omitempty" doc:"Hold back what is opened to more than this share of the tenant's people. 0: 0.5."`
	Factor   int     `koanf:"factor" json:"factor,omitempty" doc:"Hold back what is opened to so many times as many people as before. 0: 10."`
	People   int     `koanf:"people" json:"people,omitempty" doc:"Never hold back what is open to fewer people than this. 0: 20."`
}

// SourceAccounts says which users the source's accounts are.
type SourceAccounts struct {
	Email         bool              `koanf:"email" json:"email,omitempty" doc:"Accounts with a verified e-mail address are the user of that name."`
	EmailDomains  []string          `koanf:"email_domains" json:"email_domains,omitempty" doc:"Domains whose addresses count. Empty: all."`
	PlusAddresses bool              `koanf:"plus_addresses" json:"plus_addresses,omitempty" doc:"Take alice+x@example.com for alice@example.com."`
	Attribute     string            `koanf:"attribute" json:"attribute,omitempty" doc:"Attribute of the account that is the subject of its user's tokens: id, login, or one of the source's own."`
	Prefix        string            `koanf:"prefix" json:"prefix,omitempty" doc:"Put before the names of users, as tokens.issuers[].subject_prefix is."`
	Table         map[string]string `koanf:"table" json:"table,omitempty" doc:"Users by account (id, login or e-mail address); an empty user is nobody."`
}

// WithDefaults fills in how often a source is read.
func (s Source) WithDefaults() Source {
	for field, otherwise := range map[*time.Duration]time.Duration{&s.Content: 5 * time.Minute, &s.Permissions: time.Minute, &s.Full: 24 * time.Hour} {
		if *field == 0 {
			*field = otherwise
		}
	}
	return s
}

func (c Config) validateSources() error {
	seen := map[string]bool{}
	for i, s := range c.Sources {
		at := fmt.Sprintf("sources[%d]", i)
		if seen[s.Name] {
			return eyeshot.Invalid(at+".name", s.Name, "is the name of another source; names are unique over all tenants")
		}
		seen[s.Name] = true
		if err := s.Validate(at); err != nil {
			return err
		}
	}
	return nil
}

// Validate refuses values that are not allowed; at is where the source stands.
func (s Source) Validate(at string) error {
	switch {
	case s.Name == "" || len(s.Name) > 64 || strings.ContainsAny(s.Name, "/~ \t\n"):
		return eyeshot.Invalid(at+".name", s.Name, "must be 1 to 64 bytes without '/', '~' and white space")
	case !slices.Contains(SourceTypes, s.Type):
		return eyeshot.Invalid(at+".type", s.Type, "must be "+strings.Join(SourceTypes, ", "))
	case s.Tenant == "":
		return eyeshot.Invalid(at+".tenant", "", "must name the tenant that the source is for")
	case s.Guard.Share < 0 || s.Guard.Share > 1:
		return eyeshot.Invalid(at+".guard.share", fmt.Sprint(s.Guard.Share), "must be between 0 and 1")
	case s.Guard.Factor < 0 || s.Guard.People < 0:
		return eyeshot.Invalid(at+".guard", "", "must not be below 0")
	}
	for key, every := range map[string]time.Duration{"content": s.Content, "permissions": s.Permissions, "full": s.Full} {
		if every > 0 && every < time.Second {
			return eyeshot.Invalid(at+"."+key, every.String(), "must be 1s or more, 0 for the default, or below 0 for never")
		}
	}
	return s.validateType(at)
}

func (s Source) validateType(at string) error {
	needed := map[string]map[string]string{
		"files": {"root": s.Root}, "jsonl": {"path": s.Path},
		"redmine": {"url": s.URL, "key_env": s.KeyEnv}, "jira": {"url": s.URL, "key_env": s.KeyEnv},
	}[s.Type]
	for key, value := range needed {
		if value == "" {
			return eyeshot.Invalid(at+"."+key, "", "is needed for a source of type "+s.Type)
		}
	}
	if parsed, err := url.Parse(s.URL); s.URL != "" && (err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.User != nil) {
		return eyeshot.Invalid(at+".url", "", "must be an http or https URL without a user in it")
	}
	return nil
}
