package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/eyeshot-dev/eyeshot"
)

const maxResponseBytes = 1 << 20

// fetcher gets an issuer's JWK set, found by OpenID Connect Discovery 1.0
// where no address of it is configured. Discovery is done anew each time: an
// issuer may move its keys.
type fetcher struct {
	issuer  string
	jwksURL string
	client  *http.Client
}

// newFetcher makes a client that follows no redirects and reads no more than
// 1 MiB.
//
// SECURITY: a redirect could lead from HTTPS to HTTP, or to an address inside
// the network.
func newFetcher(cfg RemoteConfig) fetcher {
	client := &http.Client{
		Transport: bounded{next: cfg.Transport},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("redirects are not followed; configure the final address")
		},
	}
	return fetcher{issuer: cfg.Issuer, jwksURL: cfg.JWKSURL, client: client}
}

func (f fetcher) fetch(ctx context.Context) ([]publicKey, error) {
	address := f.jwksURL
	if address == "" {
		found, err := f.discover(ctx)
		if err != nil {
			return nil, fmt.Errorf("discover the issuer: %w", err)
		}
		address = found
	}
	data, err := f.get(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("get the issuer's JWK set: %w", err)
	}
	return parseKeySet(data)
}

func (f fetcher) discover(ctx context.Context) (jwksURL string, err error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, f.client), f.issuer)
	if err != nil {
		return "", err
	}
	var metadata struct {
		JWKSURL string `json:"jwks_uri"`
	}
	if err := provider.Claims(&metadata); err != nil {
		return "", err
	}
	return metadata.JWKSURL, checkKeysURL("jwks_uri", metadata.JWKSURL)
}

func (f fetcher) get(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	response, err := f.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the issuer answers %s", response.Status)
	}
	return io.ReadAll(response.Body)
}

// checkKeysURL wants HTTPS, except on this machine.
//
// SECURITY: keys that come over plain HTTP are whatever somebody on the way
// made of them.
func checkKeysURL(field, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return eyeshot.Invalid(field, "", "must be a URL")
	}
	if u.Host == "" || u.User != nil || u.Fragment != "" {
		return eyeshot.Invalid(field, u.Redacted(), "must be an absolute URL without user name and fragment")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return eyeshot.Invalid(field, u.Redacted(), "must start with https:// (http:// is taken for this machine alone)")
	}
	return nil
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// bounded cuts responses off: an issuer must not be able to fill the memory.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	next := b.next
	if next == nil {
		next = http.DefaultTransport
	}
	response, err := next.RoundTrip(request)
	if err == nil {
		response.Body = http.MaxBytesReader(nil, response.Body, maxResponseBytes)
	}
	return response, err
}
