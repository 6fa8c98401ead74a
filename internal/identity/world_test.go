package identity_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// world is a verifier that trusts three issuers: the local one, one that may
// name people of tenant acme, and one that may name people of tenant globex.
type world struct {
	clock        *clock
	local        *identity.Issuer
	acme, globex *issuer
	verifier     *identity.Verifier
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{clock: newClock(), acme: newIssuer(t), globex: newIssuer(t)}
	var err error
	w.local, err = identity.OpenIssuer(identity.LocalConfig{Dir: t.TempDir(), Clock: w.clock.Now})
	require.NoError(t, err)
	w.verifier = newVerifier(t, w.clock, w.local.Trust(),
		w.acme.Trust(t, w.clock, identity.Mapping{Tenants: []string{"acme"}}),
		w.globex.Trust(t, w.clock, identity.Mapping{Tenants: []string{"globex"}}))
	return w
}

func newVerifier(t testing.TB, c *clock, trusts ...identity.Trust) *identity.Verifier {
	t.Helper()
	v, err := identity.NewVerifier(identity.Config{Issuers: trusts, Clock: c.Now})
	require.NoError(t, err)
	return v
}

// mapped is one remote issuer, trusted under a mapping of the test's choice.
type mapped struct {
	clock  *clock
	issuer *issuer
}

func newMapped(t testing.TB) mapped { return mapped{clock: newClock(), issuer: newIssuer(t)} }

// verify verifies a good token that was changed.
func (m mapped) verify(t testing.TB, mapping identity.Mapping, change func(c object)) (eyeshot.Principal, string, error) {
	t.Helper()
	payload := m.issuer.Claims(m.clock)
	change(payload)
	token := m.issuer.Sign(t, payload)
	p, err := newVerifier(t, m.clock, m.issuer.Trust(t, m.clock, mapping)).Verify(t.Context(), token)
	return p, token, err
}

// requireRefused wants no principal, the reason, a generic text, and nothing
// of the token in anything that a caller or an operator gets to see.
func requireRefused(t testing.TB, p eyeshot.Principal, err error, token string, want identity.Reason) {
	t.Helper()
	require.Error(t, err)
	assert.Zero(t, p)
	require.ErrorIs(t, err, eyeshot.ErrUnauthenticated)
	require.NotErrorIs(t, err, eyeshot.ErrUnavailable)
	requireReason(t, err, token, want)
}

func requireReason(t testing.TB, err error, token string, want identity.Reason) {
	t.Helper()
	failure := failureOf(t, err)
	assert.Equal(t, want, failure.Reason, failure.Detail)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).InfoContext(context.Background(), "refused", "err", err)
	assert.Contains(t, log.String(), "err.reason="+string(want))
	assert.NotContains(t, err.Error(), string(want), "the reason is for operators")
	for _, part := range append(strings.Split(token, "."), token) {
		if len(part) >= 8 {
			assert.NotContains(t, log.String()+fmt.Sprintf("%v %+v %#v", err, err, err), part)
		}
	}
}

func failureOf(t testing.TB, err error) *identity.Failure {
	t.Helper()
	var failure *identity.Failure
	require.True(t, errors.As(err, &failure))
	return failure
}
