package authzsync_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

func TestReconcilingMendsWhatTheLogNeverShowed(t *testing.T) {
	f := follow(t, alice, bob)
	f.store.Lose(authztest.Tuples(t, bob)[0].Key())
	f.poll()
	require.True(t, f.has(bob), "the log said nothing")
	mended, err := f.index.Reconcile(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, mended)
	require.False(t, f.has(bob))
	require.True(t, f.has(alice))
	require.Equal(t, 1, f.index.Stats().Mended)
}

func TestReconcilingFindsNothingWrongInWhatChangesMeanwhile(t *testing.T) {
	f := follow(t, alice)
	f.store.BeforeRead(func() {
		f.elsewhere(bob)
		f.delete(alice)
		f.elsewhere("group:ops#member@user:carol")
	})
	mended, err := f.index.Reconcile(t.Context())
	require.NoError(t, err)
	require.Zero(t, mended)
	require.True(t, f.has(bob))
	require.False(t, f.has(alice))
}
