package identity_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

func textLogger(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

func withoutID(t *testing.T, i *issuer) string {
	return encode(t, jose.JSONWebKey{Key: i.ed.Public()})
}

// Each way in which an issuer can fail is a 503 with its reason for operators.
func TestAFaultyIssuerIsUnavailable(t *testing.T) {
	m := newMapped(t)
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, row := range map[string]struct {
		discovery, jwks http.HandlerFunc
		want            string
	}{
		"discovery fails":        {discovery: failing, want: "500"},
		"discovery not found":    {discovery: http.NotFound, want: "404"},
		"discovery no JSON":      {discovery: text("<html>"), want: "decode"},
		"discovery of another":   {discovery: text(`{"issuer":"https://elsewhere.example","jwks_uri":"https://elsewhere.example/jwks"}`), want: "did not match"},
		"discovery hangs":        {discovery: hang, want: "deadline"},
		"discovery without keys": {discovery: text(fmt.Sprintf(`{"issuer":%q}`, m.issuer.URL)), want: "jwks_uri"},
		"keys over plain HTTP":   {discovery: text(fmt.Sprintf(`{"issuer":%q,"jwks_uri":"http://198.51.100.7/jwks"}`, m.issuer.URL)), want: "https://"},
		"keys of a file":         {discovery: text(fmt.Sprintf(`{"issuer":%q,"jwks_uri":"file:///etc/keys"}`, m.issuer.URL)), want: "jwks_uri"},
		"keys hang":              {jwks: hang, want: "deadline"},
		"keys redirect":          {jwks: http.RedirectHandler("/elsewhere", http.StatusFound).ServeHTTP, want: "redirect"},
		"keys no JSON":           {jwks: text("<html>"), want: "not valid JSON"},
		"keys none":              {jwks: text(`{"keys":[]}`), want: "0 keys"},
		"keys of no known kind":  {jwks: text(`{"keys":[{"kty":"XX","kid":"ed"},{"kty":"OKP","crv":"Ed448","x":"AA","kid":"ed"},7]}`), want: "3 keys"},
		"keys too many":          {jwks: text(`{"keys":[` + strings.Repeat(`{},`, 100) + `{}]}`), want: "at most 100"},
		"keys without an id":     {jwks: text(`{"keys":[` + withoutID(t, m.issuer) + `]}`), want: "1 keys"},
		"keys too large":         {jwks: text(`{"keys":[` + strings.Repeat(" ", 2<<20) + `]}`), want: "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			m.issuer.Set(func(i *issuer) { i.discovery, i.jwks = row.discovery, row.jwks })
			var log strings.Builder
			cfg := m.issuer.RemoteConfig(m.clock)
			cfg.Logger = textLogger(&log)
			if strings.Contains(name, "hang") {
				cfg.Timeout = 20 * time.Millisecond
			}
			keys, err := identity.NewRemoteKeys(cfg)
			require.NoError(t, err)
			v := newVerifier(t, m.clock, identity.Trust{Issuer: m.issuer.URL, Audiences: []string{audience}, Keys: keys})
			p, err := v.Verify(t.Context(), m.issuer.Sign(t, m.longLived()))
			requireUnavailable(t, p, err)
			assert.Contains(t, log.String(), row.want)
		})
	}
}

// A key set may hold keys that sign no tokens, or are too weak to.
func TestKeysThatMustNotSignTokensAreNotUsed(t *testing.T) {
	m := newMapped(t)
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	secret := []byte("a secret that everybody can read")
	good := jose.JSONWebKey{KeyID: "other", Key: m.issuer.ec.Public()}
	for name, row := range map[string]struct {
		key   jose.JSONWebKey
		token string
		want  identity.Reason
	}{
		"for encryption": {
			jose.JSONWebKey{KeyID: "k", Key: m.issuer.ed.Public(), Use: "enc"},
			forge(t, object{"alg": "EdDSA", "kid": "k", "typ": "JWT"}, m.longLived(), eddsa(m.issuer.ed)), identity.ReasonUnknownKey},
		"a private key that was published": {
			jose.JSONWebKey{KeyID: "k", Key: m.issuer.ed},
			forge(t, object{"alg": "EdDSA", "kid": "k", "typ": "JWT"}, m.longLived(), eddsa(m.issuer.ed)), identity.ReasonUnknownKey},
		"1024 bits": {
			jose.JSONWebKey{KeyID: "k", Key: weak.Public()},
			forge(t, object{"alg": "RS256", "kid": "k", "typ": "JWT"}, m.longLived(), rs256(weak)), identity.ReasonUnknownKey},
		"symmetric": {
			jose.JSONWebKey{KeyID: "k", Key: secret},
			forge(t, object{"alg": "HS256", "kid": "k", "typ": "JWT"}, m.longLived(), hs256(secret)), identity.ReasonAlgorithm},
		"bound to another algorithm": {
			jose.JSONWebKey{KeyID: "k", Key: m.issuer.rsa.Public(), Algorithm: "PS256"},
			forge(t, object{"alg": "RS256", "kid": "k", "typ": "JWT"}, m.longLived(), rs256(m.issuer.rsa)), identity.ReasonSignature},
	} {
		t.Run(name, func(t *testing.T) {
			m.issuer.Set(func(i *issuer) { i.keys = []jose.JSONWebKey{row.key, good} })
			p, err := m.verifier(t).Verify(t.Context(), row.token)
			requireRefused(t, p, err, row.token, row.want)
		})
	}
}

// Key ids should be distinct, and are not always (RFC 7517 section 4.5).
func TestOneKeyIDMayBeOfTwoKeys(t *testing.T) {
	m := newMapped(t)
	m.issuer.Set(func(i *issuer) {
		i.keys = []jose.JSONWebKey{{KeyID: "ed", Key: i.ec.Public()}, {KeyID: "ed", Key: i.ed.Public()}}
	})
	p, err := m.verifier(t).Verify(t.Context(), m.issuer.Sign(t, m.longLived()))
	require.NoError(t, err)
	assert.Equal(t, alice, p)
}

func TestWrongSettingsOfRemoteKeysAreNamed(t *testing.T) {
	for want, cfg := range map[string]identity.RemoteConfig{
		"issuer":    {Issuer: "http://login.example"},
		"absolute":  {Issuer: "login.example"},
		"a URL":     {Issuer: "https://login.example:secret"},
		"user name": {Issuer: "https://me:secret@login.example"},
		"jwks_url":  {Issuer: "https://login.example", JWKSURL: "ftp://login.example/keys"},
		"max_stale": {Issuer: "https://login.example", MaxStale: time.Minute, RefreshAfter: time.Hour},
	} {
		_, err := identity.NewRemoteKeys(cfg)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "secret")
	}
	for _, issuer := range []string{"https://login.example/realm", "http://localhost:8080", "http://127.0.0.1", "http://[::1]:9"} {
		_, err := identity.NewRemoteKeys(identity.RemoteConfig{Issuer: issuer})
		assert.NoError(t, err)
	}
}
