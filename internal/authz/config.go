package authz

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Config says which OpenFGA a [Client] speaks to and how. The zero values of
// everything but URL and Transport are replaced by the defaults named below.
type Config struct {
	// URL of OpenFGA's HTTP API, "https://fga.example:8080". It may be empty
	// where Transport is given.
	URL string
	// Transport carries the requests; nil is the network. The embedded server
	// gives its own, and everything else stays the same.
	Transport http.RoundTripper
	// Credentials to present; the zero value presents none.
	Credentials Credentials

	// Timeout bounds one call with its retries, a stream excepted. Default 10 s.
	Timeout time.Duration
	// Retries is how often a call that failed for the network, a 5xx or a 429 is
	// tried again, always within Timeout and the caller's context. Default 2,
	// negative for none.
	Retries int
	// RetryWait is the first pause before a retry; it doubles each time, with
	// jitter. A Retry-After of the server's counts instead. Default 50 ms.
	RetryWait time.Duration

	// MaxChecksPerBatch is how many checks one BatchCheck may hold on that
	// server (OpenFGA's maxChecksPerBatchCheck). Default 50, OpenFGA's own.
	MaxChecksPerBatch int
	// ParallelBatches bounds how many requests one call has under way. Default 8.
	ParallelBatches int
	// MaxTuplesPerWrite is how many relationships one Write may hold on that
	// server (OpenFGA's maxTuplesPerWrite). Default 100, OpenFGA's own.
	MaxTuplesPerWrite int
	// ListDeadline is the server's listObjectsDeadline, after which it ends a
	// stream of objects early and without an error. Default 3 s, OpenFGA's own;
	// negative for a server that has none, which is the default where URL is
	// empty: the embedded server cuts nothing short.
	ListDeadline time.Duration
}

// Secret is a value that never prints: not with any verb of fmt, not as JSON,
// not in a log.
type Secret string

const redacted = "[redacted]"

// Format prints the same word for every secret and every verb.
func (Secret) Format(state fmt.State, _ rune) { fmt.Fprint(state, redacted) }

// MarshalText keeps the secret out of JSON, YAML and structured logs.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Credentials are what a [Client] presents to OpenFGA: nothing, a preshared
// API token, or a token fetched with OAuth 2.0 client credentials (RFC 6749,
// section 4.4) and renewed when it expires.
type Credentials struct {
	APIToken Secret

	TokenURL     string // the authorization server's token endpoint
	ClientID     string
	ClientSecret Secret
	Audience     string
	Scopes       []string
}

func (c Credentials) oauth() bool {
	return c.TokenURL != "" || c.ClientID != "" || c.ClientSecret != ""
}

func (c Credentials) validate() error {
	switch {
	case c.APIToken != "" && c.oauth():
		return eyeshot.Invalid("authz credentials", "", "must be an API token or client credentials, not both")
	case c.oauth() && (c.TokenURL == "" || c.ClientID == "" || c.ClientSecret == ""):
		return eyeshot.Invalid("authz credentials", "", "must name token URL, client id and client secret together")
	case c.oauth() && !isHTTP(c.TokenURL):
		return eyeshot.Invalid("authz token URL", c.TokenURL, "must be an http or https URL")
	}
	return nil
}

// embeddedURL names no host: a transport that is given decides where a request
// goes. ".invalid" never resolves (RFC 2606), so that a mistake can't reach
// anybody.
const embeddedURL = "http://openfga.invalid"

// withDefaults fills in what is unset and fails on what can't work.
func (c Config) withDefaults() (Config, error) {
	if c.URL == "" && c.Transport != nil {
		c.URL = embeddedURL
		setDefault(&c.ListDeadline, -1)
	}
	if !isHTTP(c.URL) {
		return c, eyeshot.Invalid("authz URL", c.URL, "must be an http or https URL such as https://fga.example:8080")
	}
	if err := c.Credentials.validate(); err != nil {
		return c, err
	}
	for name, value := range map[string]int{
		"MaxChecksPerBatch": c.MaxChecksPerBatch, "ParallelBatches": c.ParallelBatches, "MaxTuplesPerWrite": c.MaxTuplesPerWrite,
	} {
		if value < 0 {
			return c, eyeshot.Invalid("authz "+name, fmt.Sprint(value), "must not be negative")
		}
	}
	setDefault(&c.Timeout, 10*time.Second)
	setDefault(&c.Retries, 2)
	setDefault(&c.RetryWait, 50*time.Millisecond)
	setDefault(&c.MaxChecksPerBatch, 50)
	setDefault(&c.ParallelBatches, 8)
	setDefault(&c.MaxTuplesPerWrite, 100)
	setDefault(&c.ListDeadline, 3*time.Second)
	return c, nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func isHTTP(s string) bool {
	parsed, err := url.Parse(s)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Host != ""
}
