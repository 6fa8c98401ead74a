package filters_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

func newReach(t *testing.T, lines ...string) *authzsync.View {
	t.Helper()
	fga := authztest.NewStore(t, "")
	authztest.Write(t, fga, lines...)
	index, err := authzsync.Open(t.Context(), fga, authzsync.Options{ModelID: fga.ModelID(), DocumentTypes: filters.DefaultPolicy().Types()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, index.Close()) })
	return index.View()
}

func TestAScopeHoldsTheDocumentsOfAllTypesThatThePrincipalReaches(t *testing.T) {
	reach := newReach(t, "ticket:a/1#viewer@user:alice", "ticket:a/2#viewer@user:bob", "document:a/3#viewer@user:alice")
	scope, err := filters.NewScope(filters.DefaultPolicy(), alice, reach)
	require.NoError(t, err)
	require.Equal(t, 2, scope.Allowed)
	require.True(t, scope.Exact)
	documents := scope.Access.Documents()
	require.True(t, documents.Contains("ticket:a/1"))
	require.True(t, documents.Contains("document:a/3"))
	require.False(t, documents.Contains("ticket:a/2"))
	require.False(t, scope.Access.Everything())
}

func TestAScopeIsTheConjunctionOfUserDelegationAndTask(t *testing.T) {
	reach := newReach(t,
		"ticket:a/1#viewer@user:alice", "ticket:a/1#delegated_read@delegation:alice~bot", "ticket:a/1#task_read@task:1",
		"ticket:a/2#viewer@user:alice", "ticket:a/2#delegated_read@delegation:alice~bot",
		"ticket:a/3#viewer@user:alice",
		"ticket:a/4#delegated_read@delegation:alice~bot",
	)
	through := alice
	for step, want := range []int{3, 2, 1} {
		switch step {
		case 1:
			through.Actor = "agent:bot"
		case 2:
			through.Task = "task:1"
		}
		scope, err := filters.NewScope(filters.DefaultPolicy(), through, reach)
		require.NoError(t, err)
		require.Equal(t, want, scope.Allowed, through)
	}
}

func TestAScopeOfNobodyIsAnErrorAndOfAStrangerNothing(t *testing.T) {
	reach := newReach(t, "ticket:a/1#viewer@user:*")
	_, err := filters.NewScope(filters.DefaultPolicy(), eyeshot.Principal{}, reach)
	require.ErrorIs(t, err, eyeshot.ErrUnauthenticated)
	scope, err := filters.NewScope(filters.DefaultPolicy(), eyeshot.Principal{Tenant: "acme", Subject: "service_account:s"}, reach)
	require.NoError(t, err)
	require.True(t, scope.Access.Nothing())
}
