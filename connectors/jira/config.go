package jira

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
)

// Config is what a [Connector] is made of. URL, Source and Token are required.
type Config struct {
	URL    string // of the site: "https://example.atlassian.net"
	Source string // its name in Eyeshot: "jira-main"
	// Tenant, where set, is the tenant whose admins reach what is in the source.
	Tenant string
	// DataCenter asks a Jira Data Center, which has another API; see docs/jira.md.
	DataCenter bool
	// Email is whose API token Token is (basic authentication, as Cloud has it);
	// "" sends Token as a bearer token.
	Email string
	// Token gives the secret. It is asked again after a 401.
	Token func(ctx context.Context) (string, error)
	// Projects are the keys of those that are read; empty: all that are seen.
	Projects []string
	// AllowPublic lets "anyone" of a permission scheme be everyone. Without it
	// such a grant is one for those who may log in to this Jira.
	AllowPublic bool
	Identities  identities.Rules
	// TrustEmails takes addresses of accounts as verified. Atlassian verifies
	// those of Cloud; a Data Center takes what its directory says.
	TrustEmails bool
	HookSecret  string // of the webhook; "" refuses every delivery

	HTTP     httpsource.Config // Base and Authorize are set by New
	PageSize int               // asked for; default 100
	Now      func() time.Time  // the clock; default time.Now
}

// FromEnv reads a secret from an environment variable each time it is asked.
func FromEnv(name string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		if value := os.Getenv(name); value != "" {
			return value, nil
		}
		return "", fmt.Errorf("%w: environment variable %s is not set", eyeshot.ErrInvalid, name)
	}
}

// Connector reads one Jira. It is used by one reading at a time; Probe,
// VisibleTo, Identities, VerifyHook and Requests are safe beside one.
type Connector struct {
	config Config
	client *httpsource.Client
	api    api
	kept   kept
	known  known
}

var (
	_ connectors.Connector = (*Connector)(nil)
	_ connectors.Prober    = (*Connector)(nil)
	_ connectors.Oracle    = (*Connector)(nil)
	_ connectors.Directory = (*Connector)(nil)
	_ connectors.Hook      = (*Connector)(nil)
	_ connectors.Meter     = (*Connector)(nil)
)

// New builds a Connector. It asks nothing yet.
func New(config Config) (*Connector, error) {
	switch {
	case config.Source == "":
		return nil, eyeshot.Invalid("source", "", "must be named")
	case config.Token == nil:
		return nil, eyeshot.Invalid("token", "", "is needed: Jira shows an anonymous reader next to nothing")
	}
	if _, err := eyeshot.NewObject("project", config.Source, "X"); err != nil {
		return nil, err
	}
	if config.PageSize <= 0 {
		config.PageSize = 100
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	config.HTTP.Base, config.HTTP.Authorize = config.URL, config.authorize
	client, err := httpsource.New(config.HTTP)
	if err != nil {
		return nil, err
	}
	c := &Connector{config: config, client: client}
	if c.api = api(&cloud{client: client, page: config.PageSize}); config.DataCenter {
		c.api = &dataCenter{client: client, page: config.PageSize}
	}
	return c, nil
}

// authorize signs a request.
func (c Config) authorize(ctx context.Context, request *http.Request, _ bool) error {
	token, err := c.Token(ctx)
	if err != nil {
		return err
	}
	if c.Email == "" {
		request.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
	request.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.Email+":"+token)))
	return nil
}

// Requests implements [connectors.Meter].
func (c *Connector) Requests() int64 { return c.client.Requests() }

// Close lets go of idle connections.
func (c *Connector) Close() { c.client.CloseIdle() }

// wanted says whether a project is one to read.
func (c Config) wanted(key string) bool {
	if len(c.Projects) == 0 {
		return true
	}
	for _, one := range c.Projects {
		if strings.EqualFold(one, key) {
			return true
		}
	}
	return false
}

// verified says whether an account's address is taken as verified.
func (c Config) verified() bool { return c.TrustEmails || !c.DataCenter }
