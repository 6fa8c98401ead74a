package identity_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

func TestWrongSettingsOfAVerifierAreNamed(t *testing.T) {
	m := newMapped(t)
	trust := func(change func(trust *identity.Trust)) identity.Config {
		one := m.issuer.Trust(t, m.clock, identity.Mapping{})
		change(&one)
		return identity.Config{Issuers: []identity.Trust{one}}
	}
	mapping := func(mapping identity.Mapping) identity.Config {
		return trust(func(trust *identity.Trust) { trust.Mapping = mapping })
	}
	for name, row := range map[string]struct {
		cfg  identity.Config
		want string
	}{
		"nobody to trust":     {identity.Config{}, "issuers"},
		"too much leeway":     {identity.Config{Issuers: []identity.Trust{{}}, Leeway: time.Hour}, "leeway"},
		"no name":             {trust(func(trust *identity.Trust) { trust.Issuer = "" }), "issuer"},
		"no audience":         {trust(func(trust *identity.Trust) { trust.Audiences = nil }), "audiences"},
		"an empty audience":   {trust(func(trust *identity.Trust) { trust.Audiences = []string{audience, ""} }), "audiences"},
		"no keys":             {trust(func(trust *identity.Trust) { trust.Keys = nil }), "keys"},
		"none":                {trust(func(trust *identity.Trust) { trust.Algorithms = []string{"none"} }), `"none" must be one of EdDSA`},
		"a secret":            {trust(func(trust *identity.Trust) { trust.Algorithms = []string{"ES256", "HS256"} }), `"HS256" must be one of EdDSA`},
		"two kinds of tenant": {mapping(identity.Mapping{Tenant: "acme", TenantClaim: "org"}), "excludes tenant_claim"},
		"tenant and tenants":  {mapping(identity.Mapping{Tenant: "acme", Tenants: []string{"acme"}}), "excludes tenant_claim and tenants"},
		"a bad tenant":        {mapping(identity.Mapping{Tenant: "Acme"}), "lower-case"},
		"a bad tenant of two": {mapping(identity.Mapping{Tenants: []string{"acme", ""}}), "lower-case"},
		"a bad type":          {mapping(identity.Mapping{PrincipalType: "agent"}), "principal_type"},
		"fewer than no actor": {mapping(identity.Mapping{MaxActors: -1}), "max_actors"},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := identity.NewVerifier(row.cfg)
			require.ErrorIs(t, err, eyeshot.ErrInvalid)
			assert.ErrorContains(t, err, row.want)
			assert.Nil(t, v)
		})
	}
}

func TestTwoRemoteIssuersMustNotNameTheSameSubject(t *testing.T) {
	c, one, two := newClock(), newIssuer(t), newIssuer(t)
	type mapping = identity.Mapping
	for name, row := range map[string]struct {
		a, b mapping
		ok   bool
	}{
		"all tenants each":        {mapping{}, mapping{}, false},
		"all tenants and one":     {mapping{}, mapping{Tenant: "acme"}, false},
		"the same tenant":         {mapping{Tenant: "acme"}, mapping{Tenants: []string{"globex", "acme"}}, false},
		"a prefix and none":       {mapping{SubjectPrefix: "okta/"}, mapping{}, false},
		"a prefix of a prefix":    {mapping{SubjectPrefix: "okta/"}, mapping{SubjectPrefix: "okta/eu/"}, false},
		"one type and any":        {mapping{PrincipalType: "user"}, mapping{}, false},
		"different tenants":       {mapping{Tenant: "acme"}, mapping{Tenants: []string{"globex"}}, true},
		"different prefixes":      {mapping{SubjectPrefix: "okta/"}, mapping{SubjectPrefix: "entra/"}, true},
		"users, service accounts": {mapping{PrincipalType: "user"}, mapping{PrincipalType: "service_account"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := identity.NewVerifier(identity.Config{Issuers: []identity.Trust{one.Trust(t, c, row.a), two.Trust(t, c, row.b)}})
			if row.ok {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, eyeshot.ErrInvalid)
			assert.ErrorContains(t, err, "the same subject")
		})
	}
}

func TestAnIssuerIsTrustedOnce(t *testing.T) {
	m := newMapped(t)
	trust := m.issuer.Trust(t, m.clock, identity.Mapping{})
	_, err := identity.NewVerifier(identity.Config{Issuers: []identity.Trust{trust, trust}})
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	assert.ErrorContains(t, err, "twice")
}
