package identity_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

var alice = eyeshot.Principal{Tenant: "acme", Subject: "user:alice"}

func TestGoodTokensAreTaken(t *testing.T) {
	w := newWorld(t)
	at := func(d time.Duration) int64 { return w.clock.Now().Add(d).Unix() }
	claims := func(change func(c object)) string { return w.acme.Sign(t, w.with(change)) }
	signed := func(alg, kid, typ string, sign func([]byte) []byte) string {
		return forge(t, object{"alg": alg, "kid": kid, "typ": typ}, w.acme.Claims(w.clock), sign)
	}
	for name, token := range map[string]string{
		"EdDSA":                  signed("EdDSA", "ed", "JWT", eddsa(w.acme.ed)),
		"ES256":                  signed("ES256", "ec", "at+jwt", es256(w.acme.ec)),
		"RS256":                  signed("RS256", "rsa", "jwt", rs256(w.acme.rsa)),
		"PS256":                  signed("PS256", "rsa", "application/at+JWT", ps256(w.acme.rsa)),
		"one of several":         claims(func(c object) { c["aud"] = []string{"https://mail.example", audience} }),
		"expired within leeway":  claims(func(c object) { c["iat"], c["exp"] = at(-time.Hour), at(-29*time.Second) }),
		"not yet, within leeway": claims(func(c object) { c["nbf"], c["iat"] = at(29*time.Second), at(29*time.Second) }),
		"no iat":                 claims(func(c object) { delete(c, "iat") }),
		"a fraction of a second": claims(func(c object) { c["exp"] = float64(at(time.Minute)) + 0.5 }),
		"claims it has no use for": claims(func(c object) {
			c["scope"], c["roles"], c["may_act"] = "search", []string{"admin"}, object{"sub": "bot"}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := w.verifier.Verify(t.Context(), token)
			require.NoError(t, err, "%#v", err)
			assert.Equal(t, alice, p)
		})
	}
}

func TestLeewayCanBeNone(t *testing.T) {
	c, i := newClock(), newIssuer(t)
	v, err := identity.NewVerifier(identity.Config{
		Issuers: []identity.Trust{i.Trust(t, c, identity.Mapping{})}, Clock: c.Now, Leeway: -1,
	})
	require.NoError(t, err)
	token := i.Sign(t, i.Claims(c))
	c.Advance(599 * time.Second)
	_, err = v.Verify(t.Context(), token)
	require.NoError(t, err)
	c.Advance(time.Second)
	p, err := v.Verify(t.Context(), token)
	requireRefused(t, p, err, token, identity.ReasonExpired)
}

func TestAnIssuerMayBeHeldToSomeAlgorithms(t *testing.T) {
	c, i := newClock(), newIssuer(t)
	trust := i.Trust(t, c, identity.Mapping{})
	trust.Algorithms = []string{"ES256"}
	v := newVerifier(t, c, trust)
	token := i.Sign(t, i.Claims(c))
	p, err := v.Verify(t.Context(), token)
	requireRefused(t, p, err, token, identity.ReasonAlgorithm)
	token = forge(t, object{"alg": "ES256", "kid": "ec", "typ": "JWT"}, i.Claims(c), es256(i.ec))
	_, err = v.Verify(t.Context(), token)
	require.NoError(t, err)
}

func TestUntypedTokensAreTakenOnlyWhereAllowed(t *testing.T) {
	c, i := newClock(), newIssuer(t)
	trust := i.Trust(t, c, identity.Mapping{})
	trust.AllowUntyped = true
	v := newVerifier(t, c, trust)
	p, err := v.Verify(t.Context(), forge(t, object{"alg": "EdDSA", "kid": "ed"}, i.Claims(c), eddsa(i.ed)))
	require.NoError(t, err)
	assert.Equal(t, alice, p)
	token := forge(t, object{"alg": "EdDSA", "kid": "ed", "typ": "logout+jwt"}, i.Claims(c), eddsa(i.ed))
	p, err = v.Verify(t.Context(), token)
	requireRefused(t, p, err, token, identity.ReasonTokenType)
}

func keyIDs(t testing.TB, jwks []byte) []string {
	t.Helper()
	var set struct {
		Keys []struct {
			ID string `json:"kid"`
		} `json:"keys"`
	}
	require.NoError(t, json.Unmarshal(jwks, &set))
	var ids []string
	for _, key := range set.Keys {
		ids = append(ids, key.ID)
	}
	return ids
}
