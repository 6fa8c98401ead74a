package sync_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
)

// Who reads something can be replaced as well as added to. What is held back
// then has nobody left, and must not pass as something new.

func TestADocumentWhoseReadersAreReplacedIsHeldBackHoweverOftenItIsRead(t *testing.T) {
	w := company(t)
	w.source.Put("small-1", "x", "viewer group:everybody#member")
	for _, mode := range []sync.Mode{sync.Permissions, sync.Permissions, sync.Content, sync.Permissions, sync.Full, sync.Permissions, sync.Content} {
		w.run(mode)
		require.Equal(t, []string{"ticket:s/small-1: it would be open to 100 of the tenant's 100 people"}, w.heldBack(), mode)
		require.NotContains(t, fmt.Sprint(w.relationships()), "ticket:s/small-1#", mode)
		require.NotContains(t, fmt.Sprint(w.texts()), "small-1", mode)
	}
	w.approve("ticket:s/small-1")
	w.run(sync.Permissions)
	w.run(sync.Content)
	require.Equal(t, w.told(), w.relationships())
	require.Contains(t, fmt.Sprint(w.texts()), "small-1")
	require.Empty(t, w.heldBack())
}

func TestWhatWaitsForAnAdminDoesNotMakeEverySyncReadEverything(t *testing.T) {
	w := company(t)
	w.source.Put("small-1", "x", "viewer group:everybody#member")
	w.run(sync.Permissions)
	w.run(sync.Content)
	w.run(sync.Permissions)
	require.Equal(t, sync.Content, w.run(sync.Content).Mode)
}

func TestALevelWhoseMembersAreReplacedIsHeldBackHoweverOftenItIsRead(t *testing.T) {
	w := company(t)
	level := connectortest.Rel("security_level:s/secret", "cleared", "user:1")
	w.source.SetAccess(w.staff(level)...)
	w.run(sync.Permissions)
	level.Subject = "group:everybody#member"
	w.source.SetAccess(w.staff(level)...)
	for _, mode := range []sync.Mode{sync.Permissions, sync.Permissions, sync.Content, sync.Full} {
		require.Equal(t, 1, w.run(mode).HeldBack, mode)
		require.NotContains(t, fmt.Sprint(w.relationships()), "security_level:s/secret", mode)
	}
	w.approve(level.Object)
	w.run(sync.Permissions)
	require.Equal(t, w.told(), w.relationships())
	require.Empty(t, w.heldBack())
}

func TestTheWholeTenantIsALargeAudience(t *testing.T) {
	w := company(t)
	w.source.Share("small-1", "project "+string(small), "open user:*", "viewer tenant:acme#member")
	require.Equal(t, 1, w.run(sync.Permissions).HeldBack)
	require.Equal(t, []string{"ticket:s/small-1: it would be open to all members of the tenant"}, w.heldBack())
}

func TestWhatIsHeldBackStaysKnownWhileItCannotBeRead(t *testing.T) {
	w := company(t)
	w.source.Put("small-1", "x", "viewer group:everybody#member")
	w.run(sync.Permissions)
	w.source.Spoil("small-1")
	w.run(sync.Permissions)
	require.Len(t, w.heldBack(), 1)
	w.source.Put("small-1", "x", "viewer group:everybody#member")
	w.run(sync.Content)
	require.NotContains(t, fmt.Sprint(w.relationships()), "ticket:s/small-1#")
}

func TestWhatAnInterruptedSnapshotHeldBackIsStillHeldBackWhenItHasGoneOn(t *testing.T) {
	w := company(t)
	w.source.Put("small-0", "x", "viewer group:everybody#member")
	for i := range 40 {
		w.source.Put(fmt.Sprint("z-", i), "x", "project "+string(wide), "open user:*")
	}
	w.source.Break(len(w.source.Access())/2+18, connectortest.Failing)
	_, err := w.try(sync.Full)
	require.Error(t, err)
	require.Len(t, w.heldBack(), 1, "it was told before the interruption")
	w.source.Heal()
	require.True(t, w.run(sync.Full).Resumed)
	require.Len(t, w.heldBack(), 1)
	w.run(sync.Permissions)
	require.NotContains(t, fmt.Sprint(w.relationships()), "ticket:s/small-0#")
}

func TestAnApprovalThatWasNotNeededIsNotKeptForLater(t *testing.T) {
	w := company(t)
	wide := []string{"project " + string(small), "open user:*", "viewer group:everybody#member"}
	w.source.Share("small-1", wide...)
	w.run(sync.Permissions)
	w.approve("ticket:s/small-1")
	w.source.Share("small-1", wide[:2]...)
	w.run(sync.Content)
	w.source.Share("small-1", wide...)
	require.Equal(t, 1, w.run(sync.Permissions).HeldBack, "months later the same is a jump again")
}

func TestTheWholeTenantIsNotFewBecauseNobodyIsNamed(t *testing.T) {
	w := newWorld(t)
	w.source.Put("1", "x", "viewer user:1")
	w.run(sync.Content)
	w.source.Share("1", "viewer user:1", "viewer tenant:acme#member")
	require.Equal(t, 1, w.run(sync.Permissions).HeldBack)
	w.guard = sync.GuardPolicy{Share: 1, Factor: 1000}
	require.Zero(t, w.run(sync.Permissions).HeldBack, "the configuration lets it pass")
}

func TestAnApprovalLastsUntilTheContentIsThere(t *testing.T) {
	w := company(t)
	w.source.Put("new", "x", "project "+string(small), "open user:*", "viewer group:everybody#member")
	w.run(sync.Content)
	w.approve("ticket:s/new")
	w.run(sync.Permissions)
	w.run(sync.Content)
	require.Equal(t, w.told(), w.relationships())
	require.Empty(t, w.heldBack())
}
