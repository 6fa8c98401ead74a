package sync_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
)

const (
	everybody = eyeshot.Object("group:everybody")
	small     = eyeshot.Object("project:s/small")
	wide      = eyeshot.Object("project:s/wide")
)

// company is a tenant of a hundred people, with a small project and a wide one.
func company(t *testing.T) *world {
	w := newWorld(t)
	w.public = true
	w.source.SetAccess(w.staff()...)
	for i := range 4 {
		w.source.Put(fmt.Sprint("small-", i), "x", "project "+string(small), "open user:*")
		w.source.Put(fmt.Sprint("wide-", i), "x", "project "+string(wide), "open user:*")
	}
	w.run(sync.Content)
	require.Empty(t, w.heldBack())
	return w
}

func (w *world) staff(more ...eyeshot.Relationship) []eyeshot.Relationship {
	for i := range 100 {
		more = append(more, connectortest.Rel(everybody, "member", eyeshot.Subject(fmt.Sprint("user:", i))))
	}
	for i := range 4 {
		more = append(more, connectortest.Rel(small, "viewer", eyeshot.Subject(fmt.Sprint("user:", i))))
	}
	return append(more, connectortest.Rel(wide, "viewer", "group:everybody#member"))
}

func (w *world) heldBack() []string {
	w.t.Helper()
	all, err := w.syncer().Held(w.t.Context(), w.tenant, "s")
	require.NoError(w.t, err)
	out := []string{}
	for _, h := range all {
		out = append(out, fmt.Sprint(h.Object, ": ", h.Reason))
	}
	return out
}

func (w *world) approve(objects ...eyeshot.Object) {
	w.t.Helper()
	require.NoError(w.t, w.syncer().Approve(w.t.Context(), w.tenant, "s", objects, "user:admin"))
}

func TestAJumpWaitsUnderTheOldPermissionsUntilAnAdminApproves(t *testing.T) {
	for name, jump := range map[string]struct {
		shares []string
		reason string
	}{
		"to everyone":  {[]string{"viewer user:*"}, "it would be open to everyone"},
		"to the staff": {[]string{"viewer group:everybody#member"}, "it would be open to 100 of the tenant's 100 people"},
	} {
		w := company(t)
		old := []string{"project " + string(small), "open user:*"}
		before := w.relationships()
		w.source.Share("small-1", append(old, jump.shares...)...)
		for range 2 {
			report := w.run(sync.Permissions)
			require.Equal(t, 1, report.HeldBack, name)
			require.Equal(t, before, w.relationships(), name)
			require.Equal(t, []string{"ticket:s/small-1: " + jump.reason}, w.heldBack(), name)
		}
		w.approve("ticket:s/small-1")
		require.Equal(t, sync.Full, w.run(sync.Content).Mode)
		require.Equal(t, w.told(), w.relationships(), name)
		require.Empty(t, w.heldBack(), name)
	}
}

func TestAnApprovalIsForWhatWasSeenAndForNothingElse(t *testing.T) {
	w := company(t)
	w.source.Share("small-1", "viewer group:everybody#member")
	w.run(sync.Permissions)
	w.approve("ticket:s/small-1")
	w.source.Share("small-1", "viewer user:*")
	require.Equal(t, 1, w.run(sync.Content).HeldBack)
	require.NotContains(t, w.relationships(), "ticket:s/small-1#viewer@user:*")
	require.ErrorIs(t, w.syncer().Approve(t.Context(), w.tenant, "s", []eyeshot.Object{"ticket:s/other"}, "x"), eyeshot.ErrNotFound)
}

func TestAProjectThatOpensIsHeldBackAsAWholeAndItsNarrowingIsNot(t *testing.T) {
	w := company(t)
	access := w.staff(connectortest.Rel(small, "viewer", "group:everybody#member"))
	for i, r := range access {
		if r.Object == small && r.Subject == "user:3" {
			access = append(access[:i], access[i+1:]...)
			break
		}
	}
	w.source.SetAccess(access...)
	report := w.run(sync.Permissions)
	require.Equal(t, []int{1, 0, 1}, []int{report.HeldBack, report.TuplesAdded, report.TuplesRemoved})
	require.NotContains(t, w.relationships(), "project:s/small#viewer@group:everybody#member")
	require.NotContains(t, w.relationships(), "project:s/small#viewer@user:3", "tightening is never held back")
	w.approve(small)
	w.run(sync.Permissions)
	require.Contains(t, w.relationships(), "project:s/small#viewer@group:everybody#member")
	require.Equal(t, w.told(), w.relationships())
}

func TestATicketThatMovesToAWiderPlaceKeepsOnlyWhatBothAgreeOn(t *testing.T) {
	w := company(t)
	w.source.Put("small-2", "moved", "project "+string(wide), "open user:*")
	report := w.run(sync.Content)
	require.Equal(t, 1, report.HeldBack)
	require.NotContains(t, w.relationships(), "ticket:s/small-2#project@project:s/wide")
	require.NotContains(t, w.relationships(), "ticket:s/small-2#project@project:s/small", "it is not there any more")
	w.approve("ticket:s/small-2")
	w.run(sync.Content)
	require.Equal(t, w.told(), w.relationships())
	require.Contains(t, fmt.Sprint(w.texts()), "moved")
}

func TestANewDocumentIsComparedWithThoseBesideIt(t *testing.T) {
	w := company(t)
	w.source.Put("new", "x", "project "+string(small), "open user:*")
	w.source.Put("too-open", "x", "project "+string(small), "open user:*", "viewer group:everybody#member")
	w.source.Put("as-usual", "x", "project "+string(wide), "open user:*")
	report := w.run(sync.Content)
	require.Equal(t, []int{1, 0}, []int{report.HeldBack, report.Unreadable})
	require.Contains(t, w.relationships(), "ticket:s/new#project@project:s/small")
	require.NotContains(t, fmt.Sprint(w.relationships()), "ticket:s/too-open#")
	require.NotContains(t, fmt.Sprint(w.texts()), "too-open")
	w.approve("ticket:s/too-open")
	w.run(sync.Content)
	require.Equal(t, w.told(), w.relationships())
	require.Contains(t, fmt.Sprint(w.texts()), "too-open")
}

func TestWhatNoLongerJumpsIsNoLongerListed(t *testing.T) {
	w := company(t)
	w.source.Share("small-1", "viewer user:*")
	w.run(sync.Permissions)
	require.Len(t, w.heldBack(), 1)
	w.source.Share("small-1", "viewer user:2")
	w.run(sync.Permissions)
	require.Empty(t, w.heldBack())
	w.run(sync.Content)
	require.Equal(t, w.told(), w.relationships())
}

func TestTheConfigurationCanLetJumpsPass(t *testing.T) {
	for name, policy := range map[string]sync.GuardPolicy{
		"off": {Off: true}, "everyone": {Everyone: true}, "share": {Share: 1, Factor: 1000},
	} {
		w := company(t)
		w.guard = policy
		w.source.Share("small-1", "viewer user:*")
		w.source.Share("small-2", "viewer group:everybody#member")
		w.run(sync.Permissions)
		held := fmt.Sprint(w.heldBack())
		require.Equal(t, name == "share", strings.Contains(held, "small-1"), name)
		require.Equal(t, name == "everyone", strings.Contains(held, "small-2"), name)
	}
}

func TestLagsRunFromTheChangeToItsBeingInForce(t *testing.T) {
	w := newWorld(t)
	w.fill(4, 3)
	require.Zero(t, w.run(sync.Content).ContentLag.Changes, "what was there before nobody waited for")
	w.source.Now = func() time.Time { return w.now.Add(40 * time.Second) }
	w.source.Put("01", "changed", inProject...)
	report := w.run(sync.Content)
	require.Equal(t, sync.Lag{Changes: 1, P50: 20, Max: 20}, report.ContentLag)
	w.members(2)
	w.source.Share("02", "viewer user:1")
	require.Equal(t, sync.Lag{Changes: 2, P50: 60, Max: 60}, w.run(sync.Permissions).PermissionLag)
	require.Zero(t, w.run(sync.Permissions).PermissionLag.Changes)
}
