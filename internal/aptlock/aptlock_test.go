package aptlock_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/aptlock"
)

func TestTheNextOneWaitsUntilTheFirstIsDone(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	release, err := aptlock.Lock(t.Context())
	require.NoError(t, err)
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = aptlock.Lock(impatient)
	require.ErrorIs(t, err, context.Canceled)
	release()
	release, err = aptlock.Lock(t.Context())
	require.NoError(t, err)
	release()
}
