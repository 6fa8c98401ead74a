// Package httpsource is the HTTP client of connectors: it reads JSON from one
// server, obeys what that says about its limits, tries again what may pass, and
// walks listings in pages without believing a page that is short, doubled or
// out of step.
//
// It only ever reads, so every request of it, POST included, may be repeated.
// It knows no source: what a page looks like is the connector's to say.
package httpsource

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Config is what a Client is made of. Base is required.
type Config struct {
	// Base is the address that paths are put behind, such as
	// "https://redmine.example.com/tracker".
	Base string
	// Authorize signs a request. fresh is true for the one repetition after a
	// 401: a token that expired is then to be replaced. It is called
	// concurrently. nil: requests go unsigned.
	Authorize func(ctx context.Context, request *http.Request, fresh bool) error
	// Transport carries requests; nil: one of its own.
	Transport http.RoundTripper
	// UserAgent is sent with each request; default "eyeshot".
	UserAgent string

	Timeout  time.Duration // of one attempt; default 30 s
	Attempts int           // of one request, the first included; default 6
	MaxWait  time.Duration // before one attempt; longer is an error; default 5 min
	MaxBody  int64         // bytes of an answer; default 64 MiB

	// Sleep and Now are the clock, for tests; nil: the real one.
	Sleep func(ctx context.Context, d time.Duration) error
	Now   func() time.Time
}

// Client reads from one server. It is safe for concurrent use.
type Client struct {
	config Config
	base   *url.URL
	http   *http.Client

	requests, retries, waited atomic.Int64

	mu    sync.Mutex
	until time.Time // no request before: the server's limit is used up
}

// Stats count what a Client did since it was built.
type Stats struct {
	Requests int64         `json:"requests"` // repetitions included
	Retries  int64         `json:"retries"`
	Waited   time.Duration `json:"waited"` // because of limits and failures
}

// New builds a Client.
func New(config Config) (*Client, error) {
	base, err := url.Parse(config.Base)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" || base.RawQuery != "" || base.User != nil {
		return nil, eyeshot.Invalid("url", redacted(config.Base), "must be an http or https address without user or query")
	}
	base.Path = strings.TrimSuffix(base.Path, "/")
	c := &Client{config: config.withDefaults(), base: base}
	c.http = &http.Client{Transport: c.config.Transport, CheckRedirect: c.redirect}
	return c, nil
}

func (c Config) withDefaults() Config {
	if c.Transport == nil {
		c.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second}
	}
	if c.UserAgent == "" {
		c.UserAgent = "eyeshot"
	}
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Attempts <= 0 {
		c.Attempts = 6
	}
	if c.MaxWait <= 0 {
		c.MaxWait = 5 * time.Minute
	}
	if c.MaxBody <= 0 {
		c.MaxBody = 64 << 20
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// redirect follows only within the server.
//
// SECURITY: the key that a request carries is this server's alone.
func (c *Client) redirect(request *http.Request, via []*http.Request) error {
	if request.URL.Host != c.base.Host || request.URL.Scheme != c.base.Scheme {
		return fmt.Errorf("%w: %s sends elsewhere, to %s: set its real address", eyeshot.ErrInvalid, c.base.Host, request.URL.Host)
	}
	if len(via) >= 5 {
		return fmt.Errorf("%w: %s redirects without end", eyeshot.ErrInvalid, c.base.Host)
	}
	return nil
}

// Stats returns what was done so far.
func (c *Client) Stats() Stats {
	return Stats{Requests: c.requests.Load(), Retries: c.retries.Load(), Waited: time.Duration(c.waited.Load())}
}

// Requests returns the number of requests so far; it makes a connector that
// embeds a Client a meter.
func (c *Client) Requests() int64 { return c.requests.Load() }

// CloseIdle closes connections that are not in use.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

func jitter() float64 { return 0.5 + rand.Float64()/2 }

// redacted leaves out what may be a secret.
func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}
