package identity_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

const resource = "https://search.example/ES256"

// byEmail names a user by the address that the provider verified.
var byEmail = identity.Mapping{Tenant: "acme", SubjectClaim: "email"}

func (p *provider) verify(t *testing.T, audience, token string, mapping identity.Mapping) (eyeshot.Principal, error) {
	t.Helper()
	v, err := identity.NewVerifier(identity.Config{Issuers: []identity.Trust{p.Trust(t, audience, mapping)}})
	require.NoError(t, err)
	return v.Verify(t.Context(), token)
}

// What a real OpenID provider issues is understood.
func TestTokensOfARealOpenIDProvider(t *testing.T) {
	p := startProvider(t)
	t.Run("a user's, by each algorithm", func(t *testing.T) {
		for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
			resource := "https://search.example/" + alg
			got, err := p.verify(t, resource, p.LogIn(t, "portal", "alice", resource).Access, identity.Mapping{})
			require.NoError(t, err, "%#v", err)
			assert.Equal(t, alice, got)
		}
	})
	t.Run("an agent's, for a user", func(t *testing.T) {
		got, err := p.verify(t, resource, p.LogIn(t, "claude", "alice", resource).Access, identity.Mapping{})
		require.NoError(t, err)
		assert.Equal(t, eyeshot.Principal{Tenant: "acme", Subject: "user:alice", Actor: "agent:claude"}, got)
	})
	t.Run("a service account's", func(t *testing.T) {
		got, err := p.verify(t, resource, p.ClientCredentials(t, "ci", resource).Access, identity.Mapping{})
		require.NoError(t, err)
		assert.Equal(t, eyeshot.Principal{Tenant: "acme", Subject: "service_account:ci"}, got)
	})
	t.Run("a user's, by address", func(t *testing.T) {
		got, err := p.verify(t, resource, p.LogIn(t, "portal", "alice", resource).Access, byEmail)
		require.NoError(t, err)
		assert.Equal(t, eyeshot.Object("user:alice@acme.example"), got.Subject)
	})
}

// A real provider's other tokens are not taken for access tokens of this
// service.
func TestOtherTokensOfARealOpenIDProviderAreRefused(t *testing.T) {
	p := startProvider(t)
	t.Run("not one whose address is not verified", func(t *testing.T) {
		token := p.LogIn(t, "portal", "new-bob", resource).Access
		got, err := p.verify(t, resource, token, byEmail)
		requireRefused(t, got, err, token, identity.ReasonSubject)
	})
	t.Run("not one for another service", func(t *testing.T) {
		token := p.LogIn(t, "portal", "alice", "https://mail.example/ES256").Access
		got, err := p.verify(t, resource, token, identity.Mapping{})
		requireRefused(t, got, err, token, identity.ReasonAudience)
	})
	t.Run("not an ID token", func(t *testing.T) {
		token := p.LogIn(t, "portal", "alice", resource).ID
		require.NotEmpty(t, token)
		got, err := p.verify(t, resource, token, identity.Mapping{})
		requireRefused(t, got, err, token, identity.ReasonTokenType)

		trust := p.Trust(t, resource, identity.Mapping{})
		trust.AllowUntyped = true
		v, err := identity.NewVerifier(identity.Config{Issuers: []identity.Trust{trust}})
		require.NoError(t, err)
		got, err = v.Verify(t.Context(), token)
		requireRefused(t, got, err, token, identity.ReasonAudience)
	})
	t.Run("not one that was changed", func(t *testing.T) {
		parts := strings.Split(p.LogIn(t, "portal", "alice", resource).Access, ".")
		other := strings.Split(p.LogIn(t, "portal", "bob", resource).Access, ".")
		token := parts[0] + "." + other[1] + "." + parts[2]
		got, err := p.verify(t, resource, token, identity.Mapping{})
		requireRefused(t, got, err, token, identity.ReasonSignature)
	})
}

func TestARealOpenIDProviderMayRotateItsKeys(t *testing.T) {
	p := startProvider(t)
	v, err := identity.NewVerifier(identity.Config{Issuers: []identity.Trust{p.Trust(t, resource, identity.Mapping{})}})
	require.NoError(t, err)
	old := p.ClientCredentials(t, "ci", resource).Access
	_, err = v.Verify(t.Context(), old)
	require.NoError(t, err)
	p.Rotate(t)
	_, err = v.Verify(t.Context(), p.ClientCredentials(t, "ci", resource).Access)
	require.NoError(t, err)
	got, err := v.Verify(t.Context(), old)
	requireRefused(t, got, err, old, identity.ReasonUnknownKey)
}
