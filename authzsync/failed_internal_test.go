package authzsync

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/authzsync/internal/memfga"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// A type that is full takes more ids than a test can make, so the test says so
// itself.
func TestAnIndexThatCouldNotHoldARelationshipDoesNotForgetThatWhenItIsReordered(t *testing.T) {
	x, err := Open(t.Context(), memfga.New(&authz.Model{Types: map[string]*authz.Type{"user": {Name: "user"}}}), Options{})
	require.NoError(t, err)
	x.failed = errors.New("the type is full")
	require.NoError(t, x.Reorder(t.Context()))
	require.False(t, x.View().Whole(), "what it lacks did not come back")
	require.ErrorIs(t, x.Poll(t.Context()), x.failed)
	x.astray = true // read anew, it has all that there is
	require.NoError(t, x.Poll(t.Context()))
	require.True(t, x.View().Whole())
}
