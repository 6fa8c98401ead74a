package eyeshot_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
)

func TestAPrincipalWithoutTenantOrSubjectIsAnError(t *testing.T) {
	whole := eyeshot.Principal{Tenant: "acme", Subject: "user:alice", Actor: "agent:helper", Task: "task:1"}
	require.NoError(t, whole.Validate())
	for name, p := range map[string]eyeshot.Principal{
		"zero":              {},
		"no tenant":         {Subject: "user:alice"},
		"no subject":        {Tenant: "acme"},
		"subject of a type": {Tenant: "acme", Subject: "group:eng"},
		"a wildcard":        {Tenant: "acme", Subject: "user:*"},
		"a subject set":     {Tenant: "acme", Subject: "user:a#member"},
		"actor is a user":   {Tenant: "acme", Subject: "user:alice", Actor: "user:bob"},
		"task is a user":    {Tenant: "acme", Subject: "user:alice", Task: "user:bob"},
	} {
		require.ErrorIs(t, p.Validate(), eyeshot.ErrUnauthenticated, name)
	}
}

func TestADelegationNamesUserAndAgent(t *testing.T) {
	p := eyeshot.Principal{Tenant: "acme", Subject: "user:alice", Actor: "agent:helper"}
	require.Equal(t, eyeshot.Object("delegation:alice~helper"), p.Delegation())
	p.Actor = ""
	require.Empty(t, p.Delegation())
}

// A name that holds the separator must not be able to move the boundary between
// user and agent: "a~b" through "c" is not "a" through "b~c".
func TestTwoPairsOfUserAndAgentNeverShareADelegation(t *testing.T) {
	name := rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom([]rune("ab~%:7E3A")), 1, 4, -1),
		rapid.SampledFrom([]string{"service_account", "service_account:a", "service_account~a", "a~a", "a"}),
	)
	typ := rapid.SampledFrom([]string{"user", "service_account"})
	principal := func(subject, actor string) eyeshot.Principal {
		s, err := eyeshot.NewGlobalObject("user", subject)
		require.NoError(t, err)
		a, err := eyeshot.NewGlobalObject("agent", actor)
		require.NoError(t, err)
		return eyeshot.Principal{Tenant: "acme", Subject: s, Actor: a}
	}
	require.NotEqual(t, principal("a~b", "c").Delegation(), principal("a", "b~c").Delegation())
	rapid.Check(t, func(t *rapid.T) {
		pair := func(label string) eyeshot.Principal {
			subject, err := eyeshot.NewGlobalObject(typ.Draw(t, label+" type"), name.Draw(t, label+" subject"))
			require.NoError(t, err)
			actor, err := eyeshot.NewGlobalObject("agent", name.Draw(t, label+" actor"))
			require.NoError(t, err)
			return eyeshot.Principal{Tenant: "acme", Subject: subject, Actor: actor}
		}
		one, two := pair("one"), pair("two")
		require.Equal(t, one == two, one.Delegation() == two.Delegation(), "%s %s", one.Delegation(), two.Delegation())
		_, err := eyeshot.ParseObject(string(one.Delegation()))
		require.NoError(t, err)
	})
}
