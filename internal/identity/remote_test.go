package identity_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

func failing(w http.ResponseWriter, _ *http.Request) { http.Error(w, "out of order", 500) }

// rotate gives the issuer a new key, "ed2", and takes the old ones back.
func (i *issuer) rotate(t *testing.T) (sign func(payload any) string) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	i.Set(func(i *issuer) { i.keys = []jose.JSONWebKey{{KeyID: "ed2", Key: key.Public()}} })
	return func(payload any) string {
		return forge(t, object{"alg": "EdDSA", "kid": "ed2", "typ": "JWT"}, payload, eddsa(key))
	}
}

// longLived is a token that outlives what the tests do with the clock.
func (m mapped) longLived() object {
	c := m.issuer.Claims(m.clock)
	c["exp"] = m.clock.Now().Add(48 * time.Hour).Unix()
	return c
}

func (m mapped) verifier(t *testing.T) *identity.Verifier {
	return newVerifier(t, m.clock, m.issuer.Trust(t, m.clock, identity.Mapping{}))
}

func requireUnavailable(t *testing.T, p eyeshot.Principal, err error) {
	t.Helper()
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	require.NotErrorIs(t, err, eyeshot.ErrUnauthenticated)
	require.Zero(t, p)
}

func TestKeysAreFetchedOnceForManyTokens(t *testing.T) {
	m := newMapped(t)
	v := m.verifier(t)
	for range 50 {
		_, err := v.Verify(t.Context(), m.issuer.Sign(t, m.issuer.Claims(m.clock)))
		require.NoError(t, err)
	}
	assert.Equal(t, 1, m.issuer.Asked())
}

func TestKeysAreFetchedOnceWhenManyTokensComeAtOnce(t *testing.T) {
	m := newMapped(t)
	v := m.verifier(t)
	release := make(chan struct{})
	m.issuer.Set(func(i *issuer) { i.discovery = gated(i, release) })
	token := m.issuer.Sign(t, m.issuer.Claims(m.clock))
	var done sync.WaitGroup
	for range 20 {
		done.Go(func() {
			p, err := v.Verify(t.Context(), token)
			assert.NoError(t, err)
			assert.Equal(t, alice, p)
		})
	}
	close(release)
	done.Wait()
	assert.Equal(t, 1, m.issuer.Asked())
}

// gated answers discovery once the gate is open.
func gated(i *issuer, gate <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		<-gate
		answer(w, object{"issuer": i.URL, "jwks_uri": i.URL + "/jwks"})
	}
}

func TestANewKeyIsFoundAndAnOldOneForgotten(t *testing.T) {
	m := newMapped(t)
	v := m.verifier(t)
	old := m.issuer.Sign(t, m.longLived())
	_, err := v.Verify(t.Context(), old)
	require.NoError(t, err)

	sign := m.issuer.rotate(t)
	m.clock.Advance(identity.DefaultMinInterval)
	p, err := v.Verify(t.Context(), sign(m.longLived()))
	require.NoError(t, err)
	assert.Equal(t, alice, p)
	p, err = v.Verify(t.Context(), old)
	requireRefused(t, p, err, old, identity.ReasonUnknownKey)
}

func TestAnOldKeyIsForgottenWithoutAnyNewOneBeingUsed(t *testing.T) {
	m := newMapped(t)
	v := m.verifier(t)
	old := m.issuer.Sign(t, m.longLived())
	_, err := v.Verify(t.Context(), old)
	require.NoError(t, err)
	m.issuer.rotate(t)
	m.clock.Advance(identity.DefaultRefreshAfter)
	p, err := v.Verify(t.Context(), old)
	requireRefused(t, p, err, old, identity.ReasonUnknownKey)
}

func TestMadeUpKeyIDsDoNotReachTheIssuer(t *testing.T) {
	m := newMapped(t)
	v := m.verifier(t)
	_, err := v.Verify(t.Context(), m.issuer.Sign(t, m.longLived()))
	require.NoError(t, err)
	bad := func() {
		for range 100 {
			token := forge(t, object{"alg": "EdDSA", "kid": rand.Text(), "typ": "JWT"}, m.longLived(), eddsa(m.issuer.ed))
			p, err := v.Verify(t.Context(), token)
			requireRefused(t, p, err, token, identity.ReasonUnknownKey)
		}
	}
	bad()
	assert.Equal(t, 1, m.issuer.Asked())
	m.clock.Advance(identity.DefaultMinInterval)
	bad()
	assert.Equal(t, 2, m.issuer.Asked())
}

func TestKeysThatCannotBeHadAreUnavailableAndNotUnauthenticated(t *testing.T) {
	m := newMapped(t)
	v := m.verifier(t)
	m.issuer.Set(func(i *issuer) { i.jwks = failing })
	token := m.issuer.Sign(t, m.longLived())
	for range 100 {
		p, err := v.Verify(t.Context(), token)
		requireUnavailable(t, p, err)
		requireReason(t, err, token, identity.ReasonKeysUnavailable)
	}
	assert.Equal(t, 1, m.issuer.Asked(), "an issuer that is down is not hammered")

	m.issuer.Set(func(i *issuer) { i.jwks = nil })
	m.clock.Advance(identity.DefaultMinInterval)
	_, err := v.Verify(t.Context(), token)
	require.NoError(t, err)
}

func TestStaleKeysServeForABoundedTime(t *testing.T) {
	m := newMapped(t)
	v := m.verifier(t)
	token := m.issuer.Sign(t, m.longLived())
	_, err := v.Verify(t.Context(), token)
	require.NoError(t, err)

	m.issuer.Set(func(i *issuer) { i.jwks = failing })
	m.clock.Advance(identity.DefaultMaxStale - time.Second)
	_, err = v.Verify(t.Context(), token)
	require.NoError(t, err)
	require.NoError(t, v.Ready(t.Context()))
	assert.Equal(t, 2, m.issuer.Asked(), "old keys are tried to be refreshed")

	m.clock.Advance(time.Second)
	p, err := v.Verify(t.Context(), token)
	requireUnavailable(t, p, err)
	require.ErrorIs(t, v.Ready(t.Context()), eyeshot.ErrUnavailable)
}

func TestAnUnknownKeyIsUnavailableWhileTheIssuerCannotBeAsked(t *testing.T) {
	m := newMapped(t)
	v := m.verifier(t)
	_, err := v.Verify(t.Context(), m.issuer.Sign(t, m.longLived()))
	require.NoError(t, err)
	sign := m.issuer.rotate(t)
	m.issuer.Set(func(i *issuer) { i.jwks = failing })
	m.clock.Advance(identity.DefaultMinInterval)
	p, err := v.Verify(t.Context(), sign(m.longLived()))
	requireUnavailable(t, p, err)
}

func TestOnlyOneRequestWaitsForOldKeysToBeRefreshed(t *testing.T) {
	m := newMapped(t)
	v := m.verifier(t)
	token := m.issuer.Sign(t, m.longLived())
	_, err := v.Verify(t.Context(), token)
	require.NoError(t, err)

	arrived, release := make(chan struct{}), make(chan struct{})
	m.issuer.Set(func(i *issuer) {
		i.jwks = func(w http.ResponseWriter, _ *http.Request) {
			close(arrived)
			<-release
			answer(w, jose.JSONWebKeySet{Keys: i.keys})
		}
	})
	m.clock.Advance(identity.DefaultRefreshAfter)
	var refresher sync.WaitGroup
	refresher.Go(func() {
		_, err := v.Verify(t.Context(), token)
		assert.NoError(t, err)
	})
	<-arrived
	_, err = v.Verify(t.Context(), token) // would never return if it waited
	require.NoError(t, err)
	close(release)
	refresher.Wait()
}

func TestACallerThatLeavesEndsItsWaitAndNotTheRefresh(t *testing.T) {
	m := newMapped(t)
	v := m.verifier(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	m.issuer.Set(func(i *issuer) {
		i.jwks = func(w http.ResponseWriter, _ *http.Request) {
			close(arrived)
			<-release
			answer(w, jose.JSONWebKeySet{Keys: i.keys})
		}
	})
	token := m.issuer.Sign(t, m.longLived())
	leaving, leave := context.WithCancel(t.Context())
	var first sync.WaitGroup
	first.Go(func() {
		_, err := v.Verify(leaving, token)
		assert.NoError(t, err, "the keys came although the caller had gone")
	})
	<-arrived
	leave()
	p, err := v.Verify(leaving, token) // another one, that waits for the first
	requireUnavailable(t, p, err)
	close(release)
	first.Wait()
	_, err = v.Verify(t.Context(), token)
	require.NoError(t, err)
	assert.Equal(t, 1, m.issuer.Asked())
}

func TestTheKeySetMayBeGivenWithoutDiscovery(t *testing.T) {
	m := newMapped(t)
	m.issuer.Set(func(i *issuer) { i.discovery = failing })
	cfg := m.issuer.RemoteConfig(m.clock)
	cfg.JWKSURL = m.issuer.URL + "/jwks"
	keys, err := identity.NewRemoteKeys(cfg)
	require.NoError(t, err)
	v := newVerifier(t, m.clock, identity.Trust{Issuer: m.issuer.URL, Audiences: []string{audience}, Keys: keys})
	_, err = v.Verify(t.Context(), m.issuer.Sign(t, m.longLived()))
	require.NoError(t, err)
}

func TestReadyNamesTheIssuerWhoseKeysCannotBeHad(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.verifier.Ready(t.Context()))
	w.globex.Set(func(i *issuer) { i.jwks = failing })
	w.clock.Advance(identity.DefaultMaxStale)
	err := w.verifier.Ready(t.Context())
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	assert.ErrorContains(t, err, w.globex.URL)
	assert.NotContains(t, err.Error(), w.acme.URL)
}

func TestOneIssuerThatIsDownLeavesTheOthersWorking(t *testing.T) {
	w := newWorld(t)
	w.globex.Set(func(i *issuer) { i.discovery = failing })
	p, err := w.verifier.Verify(t.Context(), w.good(t))
	require.NoError(t, err)
	assert.Equal(t, alice, p)
}

func TestFailedRefreshesAreLogged(t *testing.T) {
	m := newMapped(t)
	var log strings.Builder
	cfg := m.issuer.RemoteConfig(m.clock)
	cfg.Logger = textLogger(&log)
	keys, err := identity.NewRemoteKeys(cfg)
	require.NoError(t, err)
	v := newVerifier(t, m.clock, identity.Trust{Issuer: m.issuer.URL, Audiences: []string{audience}, Keys: keys})
	m.issuer.Set(func(i *issuer) { i.jwks = failing })
	_, err = v.Verify(t.Context(), m.issuer.Sign(t, m.longLived()))
	require.Error(t, err)
	assert.Contains(t, log.String(), m.issuer.URL)
	assert.Contains(t, log.String(), "500 Internal Server Error")
}
