package identity_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// Whatever names a token holds, they come out of the principal unchanged, and
// the delegation tells its two halves apart.
func TestNamesSurviveTheWayThroughAToken(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.OneOf(rapid.StringN(1, 40, 60), rapid.StringMatching(`[a~#*:%/ ]{1,12}`))
		request := identity.Request{
			Tenant:  "acme",
			Subject: name.Draw(r, "subject"),
			Type:    rapid.SampledFrom([]string{"", eyeshot.TypeUser, eyeshot.TypeServiceAccount}).Draw(r, "type"),
			Actor:   name.Draw(r, "actor"),
			Task:    name.Draw(r, "task"),
		}
		token, err := w.local.Mint(t.Context(), request)
		if err != nil {
			if !strings.ContainsRune(request.Subject+request.Actor+request.Task, '\uFFFD') {
				require.ErrorContains(r, err, "256")
			}
			require.ErrorIs(r, err, eyeshot.ErrInvalid)
			return
		}
		p, err := w.verifier.Verify(t.Context(), token)
		require.NoError(r, err)
		require.Equal(r, request.Subject, eyeshot.UnescapeID(p.Subject.ID()))
		require.Equal(r, request.Actor, eyeshot.UnescapeID(p.Actor.ID()))
		require.Equal(r, request.Task, eyeshot.UnescapeID(p.Task.ID()))
		for _, part := range []eyeshot.Object{p.Subject, p.Actor, p.Task, p.Delegation()} {
			subject, err := eyeshot.ParseSubject(string(part))
			require.NoError(r, err)
			require.False(r, subject.IsWildcard())
			require.Empty(r, subject.Relation())
		}
		halves := strings.Split(p.Delegation().ID(), "~")
		require.Equal(r, p.Actor.ID(), halves[len(halves)-1])
		require.Equal(r, p.Subject.ID(), halves[len(halves)-2])
	})
}

// A service account's delegations are nobody else's, whatever a user is called.
func TestUsersAndServiceAccountsShareNoDelegation(t *testing.T) {
	w := newWorld(t)
	delegation := func(typ, subject string) eyeshot.Object {
		token, err := w.local.Mint(t.Context(), identity.Request{Tenant: "acme", Type: typ, Subject: subject, Actor: "claude"})
		require.NoError(t, err)
		p, err := w.verifier.Verify(t.Context(), token)
		require.NoError(t, err)
		return p.Delegation()
	}
	account := delegation(eyeshot.TypeServiceAccount, "ci")
	for _, user := range []string{"ci", "service_account:ci", "service_account~ci", "service_account%3Aci", "service_account%7Eci"} {
		require.NotEqual(t, account, delegation(eyeshot.TypeUser, user))
	}
}
