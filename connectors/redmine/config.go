package redmine

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
)

// Config is what a Connector is made of. Source, URL and Key are required.
type Config struct {
	Source string // its name; every object's id starts with it
	URL    string // of Redmine's start page
	Key    string // API key of an administrator

	// Tenant, where it is set, gets the projects: its admins see them whole.
	Tenant string
	// Identities say which user an account is.
	Identities identities.Rules
	// EmailsVerified: the addresses in Redmine come from a directory or from
	// administrators, and users can't set their own. Redmine itself lets them.
	EmailsVerified bool
	// Public lets what Redmine shows to every account be read by every user of
	// the tenant, whether they have an account in Redmine or not.
	Public bool
	// NonMemberRole is the id of the built-in role "Non member"; default 1, which
	// it has had since Redmine 0.5 made the role.
	NonMemberRole int
	// Trackers say, by the name of a role, which trackers its view of issues is
	// restricted to, where that can't be found by asking. "*" is all.
	Trackers map[string][]string
	// Format is the mark-up of texts, of which the API does not tell either.
	Format eyeshot.Format

	// HookSecret signs webhooks; "" refuses all of them.
	HookSecret string
	// RecheckNotes is of how many issues a refresh of permissions reads the notes
	// again although the issues seem unchanged, in turn: Redmine does not say
	// that a note was made private later on. Default 50.
	RecheckNotes int
	// Parallel is how many issues are read side by side; default 4.
	Parallel int
	// Transport carries requests; nil: one of its own.
	Transport http.RoundTripper
	// Sleep waits between attempts, for tests; nil: the real clock.
	Sleep func(context.Context, time.Duration) error
}

func (c Config) withDefaults() Config {
	if c.NonMemberRole == 0 {
		c.NonMemberRole = 1
	}
	if c.RecheckNotes == 0 {
		c.RecheckNotes = 50
	}
	if c.Parallel <= 0 {
		c.Parallel = 4
	}
	return c
}

// Connector reads one Redmine. Its readings, those of [connectors.Connector],
// are made one at a time; VisibleTo, Identities, Probe, VerifyHook and Requests
// are safe beside them.
type Connector struct {
	config Config
	names  names
	client *httpsource.Client

	mu       sync.Mutex
	loaded   *roster // by Access, for the reading that follows it
	loadedAt time.Time

	notes noteCache
}

// New builds a Connector. It makes no request.
func New(config Config) (*Connector, error) {
	config = config.withDefaults()
	if config.Key == "" {
		return nil, eyeshot.Invalid("key", "", "is missing; it takes the API key of an administrator")
	}
	if _, err := eyeshot.NewObject("ticket", config.Source, "1"); err != nil {
		return nil, err
	}
	client, err := httpsource.New(httpsource.Config{Base: config.URL, Transport: config.Transport, Authorize: authorize(config.Key), Sleep: config.Sleep})
	if err != nil {
		return nil, err
	}
	return &Connector{config: config, names: names{config.Source}, client: client, notes: noteCache{byIssue: map[int]cachedNotes{}}}, nil
}

func authorize(key string) func(context.Context, *http.Request, bool) error {
	return func(_ context.Context, request *http.Request, _ bool) error {
		request.Header.Set("X-Redmine-Api-Key", key)
		return nil
	}
}

// Requests returns how many requests were made so far.
func (c *Connector) Requests() int64 { return c.client.Requests() }

// Close closes connections that are not in use.
func (c *Connector) Close() { c.client.CloseIdle() }
