package identity_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

const audience = "https://search.example"

// issuer is an OpenID provider on this machine whose behaviour a test decides.
type issuer struct {
	URL     string
	ed      ed25519.PrivateKey
	ec      *ecdsa.PrivateKey
	rsa     *rsa.PrivateKey
	trusted *http.Transport

	mu        sync.Mutex
	keys      []jose.JSONWebKey
	discovery http.HandlerFunc // nil answers as it should
	jwks      http.HandlerFunc
	asked     int // requests for the JWK set
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	i := &issuer{trusted: &http.Transport{}}
	var err error
	_, i.ed, err = ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	i.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	i.rsa, err = rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	i.keys = []jose.JSONWebKey{
		{KeyID: "ed", Key: i.ed.Public(), Use: "sig", Algorithm: "EdDSA"},
		{KeyID: "ec", Key: i.ec.Public(), Use: "sig"},
		{KeyID: "rsa", Key: i.rsa.Public()},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", i.serveDiscovery)
	mux.HandleFunc("/jwks", i.serveJWKS)
	server := httptest.NewServer(mux)
	i.URL = server.URL
	t.Cleanup(func() { i.trusted.CloseIdleConnections(); server.Close() })
	return i
}

func (i *issuer) serveDiscovery(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	handler := i.discovery
	i.mu.Unlock()
	if handler != nil {
		handler(w, r)
		return
	}
	answer(w, object{"issuer": i.URL, "jwks_uri": i.URL + "/jwks"})
}

func (i *issuer) serveJWKS(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	i.asked++
	handler, keys := i.jwks, i.keys
	i.mu.Unlock()
	if handler != nil {
		handler(w, r)
		return
	}
	answer(w, jose.JSONWebKeySet{Keys: keys})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// Set changes what the issuer does from the next request on.
func (i *issuer) Set(change func(i *issuer)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change(i)
}

func (i *issuer) Asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

// RemoteConfig has the defaults and the test's clock, and lets no fetch time
// out: a slow machine must not end what a test holds up on purpose.
func (i *issuer) RemoteConfig(c *clock) identity.RemoteConfig {
	return identity.RemoteConfig{Issuer: i.URL, Transport: i.trusted, Clock: c.Now, Timeout: time.Hour}
}

func (i *issuer) Trust(t testing.TB, c *clock, mapping identity.Mapping) identity.Trust {
	t.Helper()
	keys, err := identity.NewRemoteKeys(i.RemoteConfig(c))
	require.NoError(t, err)
	return identity.Trust{Issuer: i.URL, Audiences: []string{audience}, Keys: keys, Mapping: mapping}
}

// Claims are those of a good token for alice of tenant acme.
func (i *issuer) Claims(c *clock) object {
	now := c.Now().Unix()
	return object{"iss": i.URL, "aud": audience, "sub": "alice", "tenant": "acme", "iat": now, "exp": now + 600}
}

// Sign signs with the Ed25519 key.
func (i *issuer) Sign(t testing.TB, payload any) string {
	t.Helper()
	return forge(t, object{"alg": "EdDSA", "kid": "ed", "typ": "JWT"}, payload, eddsa(i.ed))
}
