package identity_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

func TestMintedTokensAreVerifiedWithoutANetwork(t *testing.T) {
	w := newWorld(t)
	v := newVerifier(t, w.clock, w.local.Trust())
	for want, request := range map[eyeshot.Principal]identity.Request{
		alice: {Tenant: "acme", Subject: "alice"},
		{Tenant: "acme", Subject: "service_account:ci"}:                                                    {Tenant: "acme", Subject: "ci", Type: "service_account"},
		{Tenant: "globex", Subject: "user:alice", Actor: "agent:claude"}:                                   {Tenant: "globex", Subject: "alice", Actor: "claude"},
		{Tenant: "acme", Subject: "user:alice", Actor: "agent:claude", Task: "task:01JX"}:                  {Tenant: "acme", Subject: "alice", Actor: "claude", Task: "01JX"},
		{Tenant: "acme", Subject: "user:%2A", Actor: "agent:a%7Eb", Task: "task:x%23member"}:               {Tenant: "acme", Subject: "*", Actor: "a~b", Task: "x#member"},
		{Tenant: "acme", Subject: eyeshot.Object("user:" + strings.Repeat("x", eyeshot.MaxObjectBytes-5))}: {Tenant: "acme", Subject: strings.Repeat("x", eyeshot.MaxObjectBytes-5)},
	} {
		token, err := w.local.Mint(t.Context(), request)
		require.NoError(t, err)
		p, err := v.Verify(t.Context(), token)
		require.NoError(t, err)
		assert.Equal(t, want, p)
	}
}

func TestMintedTokensAreAccessTokensAsRFC9068HasThem(t *testing.T) {
	w := newWorld(t)
	mint := func() (header, payload object) {
		token, err := w.local.Mint(t.Context(), identity.Request{Tenant: "acme", Subject: "alice", TTL: time.Minute})
		require.NoError(t, err)
		parts := strings.Split(token, ".")
		return decode(t, parts[0]), decode(t, parts[1])
	}
	head, claims := mint()
	assert.Equal(t, object{"alg": "EdDSA", "typ": "at+jwt", "kid": w.localKeyID(t)}, head)
	now := float64(w.clock.Now().Unix())
	_, other := mint()
	assert.NotEqual(t, claims["jti"], other["jti"])
	assert.NotEmpty(t, claims["jti"])
	delete(claims, "jti")
	assert.Equal(t, object{
		"iss": "eyeshot", "aud": "eyeshot", "client_id": "eyeshot", "iat": now, "exp": now + 60,
		"sub": "alice", "tenant": "acme", "principal_type": "user",
	}, claims)
}

func decode(t *testing.T, part string) (v object) {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(part)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &v))
	return v
}

func TestATokenIsMintedOnlyForWhatAVerifierWouldTake(t *testing.T) {
	w := newWorld(t)
	good := identity.Request{Tenant: "acme", Subject: "alice"}
	for want, change := range map[string]func(r *identity.Request){
		"tenant":         func(r *identity.Request) { r.Tenant = "" },
		`tenant "A"`:     func(r *identity.Request) { r.Tenant = "A" },
		"subject":        func(r *identity.Request) { r.Subject = "" },
		"subject \"xx":   func(r *identity.Request) { r.Subject = strings.Repeat("x", 300) },
		"subject \"a?":   func(r *identity.Request) { r.Subject = "a\xff" },
		"principal_type": func(r *identity.Request) { r.Type = "agent" },
		"actor":          func(r *identity.Request) { r.Actor = strings.Repeat("x", 251) },
		"task":           func(r *identity.Request) { r.Task = "\uFFFD" },
		`ttl "25h0m0s"`:  func(r *identity.Request) { r.TTL = 25 * time.Hour },
		`ttl "-1s"`:      func(r *identity.Request) { r.TTL = -time.Second },
		`ttl "1ms"`:      func(r *identity.Request) { r.TTL = time.Millisecond },
	} {
		request := good
		change(&request)
		token, err := w.local.Mint(t.Context(), request)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
		assert.ErrorContains(t, err, want)
		assert.Empty(t, token)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.local.Mint(ended, good)
	require.ErrorIs(t, err, context.Canceled)
}

func TestAMintedTokenExpires(t *testing.T) {
	w := newWorld(t)
	token, err := w.local.Mint(t.Context(), identity.Request{Tenant: "acme", Subject: "alice"})
	require.NoError(t, err)
	w.clock.Advance(identity.DefaultTTL)
	_, err = w.verifier.Verify(t.Context(), token)
	require.NoError(t, err, "within the leeway")
	w.clock.Advance(identity.DefaultLeeway)
	p, err := w.verifier.Verify(t.Context(), token)
	requireRefused(t, p, err, token, identity.ReasonExpired)
}

func TestAnotherInstallationsTokensAreRefused(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	token, err := other.local.Mint(t.Context(), identity.Request{Tenant: "acme", Subject: "alice"})
	require.NoError(t, err)
	p, err := w.verifier.Verify(t.Context(), token)
	requireRefused(t, p, err, token, identity.ReasonUnknownKey)
}

func TestTheDefaultLifetimeIsWithinTheLongest(t *testing.T) {
	_, err := identity.OpenIssuer(identity.LocalConfig{Dir: t.TempDir(), TTL: time.Hour, MaxTTL: time.Minute})
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	issuer, err := identity.OpenIssuer(identity.LocalConfig{Dir: t.TempDir(), MaxTTL: time.Minute})
	require.NoError(t, err)
	token, err := issuer.Mint(t.Context(), identity.Request{Tenant: "acme", Subject: "alice"})
	require.NoError(t, err)
	claims := decode(t, strings.Split(token, ".")[1])
	assert.Equal(t, 60.0, claims["exp"].(float64)-claims["iat"].(float64))
}
