package authzsync_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

var _ filters.Reach = (*authzsync.View)(nil)

const payWorld = `
	group:eng#member@user:alice
	project:jira/PAY#viewer@group:eng#member
	ticket:jira/PAY-1#project@project:jira/PAY
	ticket:jira/PAY-1#open@user:*
	ticket:jira/PAY-2#project@project:jira/PAY
	ticket:jira/PAY-2#level@security_level:jira/secret
	security_level:jira/secret#cleared@user:bob
	ticket:jira/PAY-3#viewer@user:bob
`

func TestAnIndexKnowsWhatWasThereWhenItWasOpened(t *testing.T) {
	store := authztest.NewStore(t, "")
	authztest.Write(t, store, payWorld)
	index := open(t, store, authzsync.Options{})
	require.Equal(t, []eyeshot.Object{"ticket:jira/PAY-1"}, allowed(index, "user:alice", "can_read", "ticket"))
	require.Equal(t, []eyeshot.Object{"ticket:jira/PAY-3"}, allowed(index, "user:bob", "can_read", "ticket"))
	require.Empty(t, allowed(index, "user:eve", "can_read", "ticket"))
}

func TestAWriteIsInTheIndexWhenItReturns(t *testing.T) {
	store := authztest.NewStore(t, "")
	authztest.Write(t, store, payWorld)
	index := open(t, store, authzsync.Options{})
	writer := authzsync.NewWriter(store, index)
	leave := authztest.Tuples(t, "group:eng#member@user:alice")
	require.NoError(t, writer.Write(t.Context(), nil, leave))
	require.Empty(t, allowed(index, "user:alice", "can_read", "ticket"))
	require.NoError(t, writer.Write(t.Context(), leave, nil))
	require.Len(t, allowed(index, "user:alice", "can_read", "ticket"), 1)
}

func TestAPollBringsInWhatOthersWrote(t *testing.T) {
	store := authztest.NewStore(t, "")
	authztest.Write(t, store, payWorld)
	index := open(t, store, authzsync.Options{})
	authztest.Write(t, store, "security_level:jira/secret#cleared@user:alice")
	require.NoError(t, index.Poll(t.Context()))
	want := []eyeshot.Object{"ticket:jira/PAY-1", "ticket:jira/PAY-2"}
	require.Empty(t, cmp.Diff(want, allowed(index, "user:alice", "can_read", "ticket")))
}
