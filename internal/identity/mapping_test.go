package identity_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

func TestClaimsBecomePrincipals(t *testing.T) {
	m := newMapped(t)
	set := func(name string, value any) func(c object) { return func(c object) { c[name] = value } }
	for name, row := range map[string]struct {
		mapping identity.Mapping
		change  func(c object)
		want    eyeshot.Principal
	}{
		"a user": {change: func(object) {}, want: alice},
		"a service account": {change: set("principal_type", "service_account"),
			want: eyeshot.Principal{Tenant: "acme", Subject: "service_account:alice"}},
		"a user who says so": {change: set("principal_type", "user"), want: alice},
		"an agent for a user": {change: set("act", object{"sub": "claude"}),
			want: eyeshot.Principal{Tenant: "acme", Subject: "user:alice", Actor: "agent:claude"}},
		"an agent in a task": {change: func(c object) { c["act"], c["task"] = object{"sub": "claude"}, "01JX" },
			want: eyeshot.Principal{Tenant: "acme", Subject: "user:alice", Actor: "agent:claude", Task: "task:01JX"}},
		"a task alone": {change: set("task", "01JX"),
			want: eyeshot.Principal{Tenant: "acme", Subject: "user:alice", Task: "task:01JX"}},
		"the current actor is the outermost": {mapping: identity.Mapping{MaxActors: 2},
			change: set("act", object{"sub": "planner", "act": object{"sub": "claude"}}),
			want:   eyeshot.Principal{Tenant: "acme", Subject: "user:alice", Actor: "agent:planner"}},
		"a fixed tenant": {mapping: identity.Mapping{Tenant: "initech"}, change: func(object) {},
			want: eyeshot.Principal{Tenant: "initech", Subject: "user:alice"}},
		"a tenant of another claim": {mapping: identity.Mapping{TenantClaim: "https://acme.example/org"},
			change: set("https://acme.example/org", "north-1"),
			want:   eyeshot.Principal{Tenant: "north-1", Subject: "user:alice"}},
		"a verified address": {mapping: identity.Mapping{SubjectClaim: "email"},
			change: func(c object) { c["email"], c["email_verified"] = "Alice@acme.example", true },
			want:   eyeshot.Principal{Tenant: "acme", Subject: "user:Alice@acme.example"}},
		"a prefixed subject": {mapping: identity.Mapping{SubjectPrefix: "okta/"}, change: func(object) {},
			want: eyeshot.Principal{Tenant: "acme", Subject: "user:okta/alice"}},
		"an issuer of service accounts": {mapping: identity.Mapping{PrincipalType: "service_account"}, change: set("sub", "repo:acme/app:ref"),
			want: eyeshot.Principal{Tenant: "acme", Subject: "service_account:repo%3Aacme/app%3Aref"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, _, err := m.verify(t, row.mapping, row.change)
			require.NoError(t, err, "%#v", err)
			assert.Equal(t, row.want, p)
		})
	}
}

// A name of these is not one of a wildcard, a subject set or two parts.
func TestNamesStayPlainNames(t *testing.T) {
	m := newMapped(t)
	for name, want := range map[string]eyeshot.Object{
		"*":                "user:%2A",
		"x#member":         "user:x%23member",
		"a~b":              "user:a%7Eb",
		"%2A":              "user:%252A",
		"user:bob":         "user:user%3Abob",
		" bob":             "user:%20bob",
		"bob\x00":          "user:bob%00",
		"Zoë 王":            "user:Zoë%20王",
		"bob@acme.example": "user:bob@acme.example",
	} {
		p, _, err := m.verify(t, identity.Mapping{}, func(c object) { c["sub"], c["act"] = name, object{"sub": name} })
		require.NoError(t, err)
		assert.Equal(t, want, p.Subject)
		assert.Equal(t, "agent:"+want.ID(), string(p.Actor))
		_, err = eyeshot.ParseObject(string(p.Delegation()))
		assert.NoError(t, err)
	}
}

func TestMalformedClaimsRefuseTheTokenInsteadOfBeingDropped(t *testing.T) {
	m := newMapped(t)
	set := func(name string, value any) func(c object) { return func(c object) { c[name] = value } }
	var (
		tenant, subject = identity.ReasonTenant, identity.ReasonSubject
		typ, actor      = identity.ReasonPrincipalType, identity.ReasonActor
	)
	for name, row := range map[string]struct {
		mapping identity.Mapping
		change  func(c object)
		want    identity.Reason
	}{
		"act null":           {change: set("act", nil), want: actor},
		"act a text":         {change: set("act", "claude"), want: actor},
		"act a list":         {change: set("act", []any{object{"sub": "claude"}}), want: actor},
		"act empty":          {change: set("act", object{}), want: actor},
		"act.sub null":       {change: set("act", object{"sub": nil}), want: actor},
		"act.sub empty":      {change: set("act", object{"sub": ""}), want: actor},
		"act.sub a number":   {change: set("act", object{"sub": 7}), want: actor},
		"act.sub too long":   {change: set("act", object{"sub": strings.Repeat("x", 300)}), want: actor},
		"act.iss another":    {change: set("act", object{"sub": "claude", "iss": "https://elsewhere.example"}), want: actor},
		"act.iss no text":    {change: set("act", object{"sub": "claude", "iss": 7}), want: actor},
		"two actors":         {change: set("act", object{"sub": "b", "act": object{"sub": "a"}}), want: actor},
		"inner act null":     {change: set("act", object{"sub": "b", "act": nil}), want: actor},
		"inner act bad":      {mapping: identity.Mapping{MaxActors: 2}, change: set("act", object{"sub": "b", "act": object{}}), want: actor},
		"three where two":    {mapping: identity.Mapping{MaxActors: 2}, change: set("act", object{"sub": "c", "act": object{"sub": "b", "act": object{"sub": "a"}}}), want: actor},
		"pair too long":      {change: func(c object) { c["sub"], c["act"] = strings.Repeat("x", 130), object{"sub": strings.Repeat("y", 130)} }, want: actor},
		"task null":          {change: set("task", nil), want: identity.ReasonTask},
		"task empty":         {change: set("task", ""), want: identity.ReasonTask},
		"task an object":     {change: set("task", object{"id": "01JX"}), want: identity.ReasonTask},
		"task too long":      {change: set("task", strings.Repeat("x", 300)), want: identity.ReasonTask},
		"type null":          {change: set("principal_type", nil), want: typ},
		"type unknown":       {change: set("principal_type", "agent"), want: typ},
		"type not its":       {mapping: identity.Mapping{PrincipalType: "service_account"}, change: set("principal_type", "user"), want: typ},
		"sub null":           {change: set("sub", nil), want: subject},
		"sub empty":          {change: set("sub", ""), want: subject},
		"sub a number":       {change: set("sub", 7), want: subject},
		"sub 300 long":       {change: set("sub", strings.Repeat("x", 300)), want: subject},
		"sub 100 escaped":    {change: set("sub", strings.Repeat("*", 100)), want: subject},
		"sub half a pair":    {change: set("sub", "a\uFFFD"), want: subject},
		"email not verified": {mapping: identity.Mapping{SubjectClaim: "email"}, change: set("email", "a@acme.example"), want: subject},
		"email denied": {mapping: identity.Mapping{SubjectClaim: "email"},
			change: func(c object) { c["email"], c["email_verified"] = "a@acme.example", false }, want: subject},
		"email said in a text": {mapping: identity.Mapping{SubjectClaim: "email"},
			change: func(c object) { c["email"], c["email_verified"] = "a@acme.example", "true" }, want: subject},
		"tenant null":         {change: set("tenant", nil), want: tenant},
		"tenant empty":        {change: set("tenant", ""), want: tenant},
		"tenant a list":       {change: set("tenant", []string{"acme"}), want: tenant},
		"tenant upper case":   {change: set("tenant", "Acme"), want: tenant},
		"tenant a path":       {change: set("tenant", "../acme"), want: tenant},
		"tenant with hyphen":  {change: set("tenant", "-acme"), want: tenant},
		"tenant not ASCII":    {change: set("tenant", "аcme"), want: tenant},
		"tenant 64 long":      {change: set("tenant", strings.Repeat("a", 64)), want: tenant},
		"no claim of tenants": {mapping: identity.Mapping{TenantClaim: "org"}, change: func(object) {}, want: tenant},
	} {
		t.Run(name, func(t *testing.T) {
			p, token, err := m.verify(t, row.mapping, row.change)
			requireRefused(t, p, err, token, row.want)
		})
	}
}

// A lone surrogate decodes to U+FFFD, as any other one does: both would be the
// same user.
func TestNamesThatDecodingWouldMergeAreRefused(t *testing.T) {
	c, i := newClock(), newIssuer(t)
	v := newVerifier(t, c, i.Trust(t, c, identity.Mapping{}))
	for _, name := range []string{`a\ud800`, `a\udfff`} {
		payload := strings.Replace(encode(t, i.Claims(c)), "alice", name, 1)
		token := i.Sign(t, payload)
		p, err := v.Verify(t.Context(), token)
		requireRefused(t, p, err, token, identity.ReasonSubject)
	}
}
