package authz

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	openfga "github.com/openfga/go-sdk"
	"github.com/openfga/go-sdk/oauth2"
	"github.com/openfga/go-sdk/oauth2/clientcredentials"
	"github.com/openfga/go-sdk/telemetry"

	"github.com/eyeshot-dev/eyeshot"
)

// Client speaks to one OpenFGA server, embedded or remote. It is safe for
// concurrent use and keeps no permissions.
type Client struct {
	config Config
	http   *http.Client
	sdk    openfga.APIExecutor
	calls  sequence
}

// NewClient checks the configuration and makes a client. It sends nothing: use
// [Client.Ping] to see whether the server answers.
func NewClient(cfg Config) (*Client, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	httpClient := newHTTPClient(cfg)
	headers := map[string]string{}
	if cfg.Credentials.APIToken != "" {
		headers["Authorization"] = "Bearer " + string(cfg.Credentials.APIToken)
	}
	sdkConfig, err := openfga.NewConfiguration(openfga.Configuration{
		ApiUrl:         strings.TrimRight(cfg.URL, "/"),
		DefaultHeaders: headers,
		UserAgent:      "eyeshot",
		HTTPClient:     httpClient,
		// The SDK sleeps between its retries without looking at the context, and
		// as long as a Retry-After tells it to: retries are made in call.go.
		RetryParams: &openfga.RetryParams{MaxRetry: 0, MinWaitInMs: 1},
		// No metric configured: nothing is recorded.
		Telemetry: &telemetry.Configuration{Metrics: &telemetry.MetricsConfiguration{}},
	})
	if err != nil {
		return nil, fmt.Errorf("%w: configuring the OpenFGA client: %v", eyeshot.ErrInvalid, err)
	}
	return &Client{config: cfg, http: httpClient, sdk: openfga.NewAPIClient(sdkConfig).GetAPIExecutor()}, nil
}

// Close drops idle connections. Calls under way are not cut off, and the client
// can be used again.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// newHTTPClient has no timeout of its own, since that would cut long streams:
// every call carries one in its context.
func newHTTPClient(cfg Config) *http.Client {
	transport := cfg.Transport
	if transport == nil {
		transport = networkTransport(cfg)
	}
	client := &http.Client{
		Transport: transport,
		// SECURITY: a redirect would send checks, and what they ask about, to a
		// server that nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if cfg.Credentials.oauth() {
		client.Transport = &oauth2.Transport{Base: transport, Source: tokenSource(cfg, transport)}
	}
	return client
}

// networkTransport is the standard one with room for parallel batches: its two
// idle connections a host would make a handshake of every third request.
func networkTransport(cfg Config) http.RoundTripper {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		transport = standard.Clone()
	}
	transport.MaxIdleConnsPerHost = max(64, 4*cfg.ParallelBatches)
	transport.MaxIdleConns = 2 * transport.MaxIdleConnsPerHost
	return transport
}

// tokenSource fetches tokens with a client of its own, which has a timeout: the
// SDK does not pass a request's context on to the token endpoint.
func tokenSource(cfg Config, transport http.RoundTripper) oauth2.TokenSource {
	source := clientcredentials.Config{
		ClientID:      cfg.Credentials.ClientID,
		ClientSecret:  string(cfg.Credentials.ClientSecret),
		TokenURL:      cfg.Credentials.TokenURL,
		Scopes:        cfg.Credentials.Scopes,
		RequestConfig: clientcredentials.RequestConfig{RetryParams: openfga.RetryParams{MaxRetry: 0, MinWaitInMs: 1}},
	}
	if cfg.Credentials.Audience != "" {
		source.EndpointParams = url.Values{"audience": {cfg.Credentials.Audience}}
	}
	fetcher := &http.Client{Transport: transport, Timeout: cfg.Timeout}
	return source.TokenSource(context.WithValue(context.Background(), oauth2.HTTPClient, fetcher))
}
