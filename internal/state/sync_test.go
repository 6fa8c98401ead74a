package state_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

func TestWhatIsStagedIsComparedWithWhatIsRecorded(t *testing.T) {
	db, ctx := fresh(t), t.Context()
	stays, goes, comes := rel("user:a", "member", "group:g"), rel("user:b", "member", "group:g"), rel("user:c", "member", "group:g")
	pending, changed := rel("user:d", "member", "group:h"), rel("user:e", "member", "group:h")
	require.NoError(t, db.Settle(ctx, "acme", "s/acl", []eyeshot.Relationship{stays, goes, changed}, nil))
	require.NoError(t, db.Mark(ctx, "acme", "s/acl", []eyeshot.Relationship{pending}))
	changed.Condition = &eyeshot.Condition{Name: "unexpired", Context: map[string]any{"expires_at": "2026-01-01T00:00:00Z"}}
	require.NoError(t, db.Stage(ctx, "acme", "s/acl", []eyeshot.Relationship{stays, comes, pending, changed}))

	removed, err := db.NotStaged(ctx, "acme", "s/acl", 10)
	require.NoError(t, err)
	require.Equal(t, []eyeshot.Relationship{goes}, removed)
	added, err := db.NotOwned(ctx, "acme", "s/acl", eyeshot.RelationshipKey{}, 10)
	require.NoError(t, err)
	require.Equal(t, []eyeshot.Relationship{comes, pending, changed}, added, "what may not be there, or not so, is added again")
	added, err = db.NotOwned(ctx, "acme", "s/acl", comes.Key(), 1)
	require.NoError(t, err)
	require.Equal(t, []eyeshot.Relationship{pending}, added)
	objects, err := db.NotOwnedObjects(ctx, "acme", "s/acl")
	require.NoError(t, err)
	require.Equal(t, []eyeshot.Object{"group:g", "group:h"}, objects)

	require.NoError(t, db.Unstage(ctx, "acme", "s/acl", []eyeshot.Relationship{comes}))
	on, err := db.Staged(ctx, "acme", "s/acl", "group:g")
	require.NoError(t, err)
	require.Equal(t, []eyeshot.Relationship{stays}, on)
	none, err := db.NotOwned(ctx, "zeta", "s/acl", eyeshot.RelationshipKey{}, 10)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestWhatAReadingDidNotSeeIsTold(t *testing.T) {
	db, ctx := fresh(t), t.Context()
	for i := range 5 {
		require.NoError(t, db.Settle(ctx, "acme", "s", []eyeshot.Relationship{rel("user:a", "viewer", fmt.Sprint("ticket:s/", i)), rel("user:b", "viewer", fmt.Sprint("ticket:s/", i))}, nil))
	}
	require.NoError(t, db.See(ctx, "acme", "r", []eyeshot.Object{"ticket:s/0", "ticket:s/2", "ticket:s/2", "ticket:s/9"}))
	require.NoError(t, db.See(ctx, "acme", "another", []eyeshot.Object{"ticket:s/1"}))
	unseen, err := db.Unseen(ctx, "acme", "s", "r", 2)
	require.NoError(t, err)
	require.Equal(t, []eyeshot.Object{"ticket:s/1", "ticket:s/3"}, unseen)
	require.NoError(t, db.UnseeSome(ctx, "acme", "r", []eyeshot.Object{"ticket:s/9"}))
	seen, err := db.Seen(ctx, "acme", "r")
	require.NoError(t, err)
	require.Equal(t, []eyeshot.Object{"ticket:s/0", "ticket:s/2"}, seen)
	require.NoError(t, db.Unsee(ctx, "acme", "r"))
	unseen, err = db.Unseen(ctx, "acme", "s", "r", 100)
	require.NoError(t, err)
	require.Len(t, unseen, 5)
	n, err := db.Objects(ctx, "acme", "s")
	require.NoError(t, err)
	require.Equal(t, 5, n)
}

func TestPeopleAreCountedOnceAndNobodyIsNobody(t *testing.T) {
	db, ctx := fresh(t), t.Context()
	require.NoError(t, db.Settle(ctx, "acme", "s", []eyeshot.Relationship{
		rel("user:a", "viewer", "ticket:s/1"), rel("user:a", "viewer", "ticket:s/2"), rel("user:*", "viewer", "ticket:s/1"),
		rel("user:~s~7", "viewer", "ticket:s/1"), rel("service_account:x", "viewer", "ticket:s/1"), rel("group:g#member", "viewer", "ticket:s/1"),
	}, nil))
	require.NoError(t, db.Stage(ctx, "acme", "s/acl", []eyeshot.Relationship{rel("user:a", "member", "group:g"), rel("user:b", "member", "group:g")}))
	n, err := db.People(ctx, "acme")
	require.NoError(t, err)
	require.Equal(t, 2, n)
}

func TestAnApprovalEndsWhereSomethingElseIsHeldBack(t *testing.T) {
	db, ctx := fresh(t), t.Context()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	h := state.Held{Object: "ticket:s/1", Digest: "d1", Reason: "r", Before: 2, After: -1, Since: at}
	require.NoError(t, db.Hold(ctx, "acme", "s", h))
	require.NoError(t, db.Approve(ctx, "acme", "s", h.Object, "user:admin"))
	later := h
	later.Since = at.Add(time.Hour)
	require.NoError(t, db.Hold(ctx, "acme", "s", later))
	got, found, err := db.HeldOn(ctx, "acme", "s", h.Object)
	require.NoError(t, err)
	require.True(t, found)
	h.Approved = "user:admin"
	require.Equal(t, h, got, "the same keeps its approval, and since when it waits")

	later.Digest = "d2"
	require.NoError(t, db.Hold(ctx, "acme", "s", later))
	all, err := db.Held(ctx, "acme", "s")
	require.NoError(t, err)
	require.Equal(t, []state.Held{later}, all)
	require.ErrorIs(t, db.Approve(ctx, "zeta", "s", h.Object, "x"), eyeshot.ErrNotFound)
	require.NoError(t, db.Release(ctx, "acme", "s", []eyeshot.Object{h.Object}))
	_, found, err = db.HeldOn(ctx, "acme", "s", h.Object)
	require.NoError(t, err)
	require.False(t, found)
}

func TestTheLastSyncsAreKept(t *testing.T) {
	db, ctx := fresh(t), t.Context()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 210 {
		require.NoError(t, db.SaveSync(ctx, "acme", "s", fmt.Sprint(i), at.Add(time.Duration(i)*time.Second), fmt.Appendf(nil, "%d", i)))
	}
	require.NoError(t, db.SaveSync(ctx, "acme", "s", "209", at, []byte("again")))
	all, err := db.Syncs(ctx, "acme", "s", 1000)
	require.NoError(t, err)
	require.Len(t, all, 200)
	require.Equal(t, "again", string(all[0]))
	_, err = db.Sync(ctx, "acme", "0")
	require.ErrorIs(t, err, eyeshot.ErrNotFound)
	_, err = db.Sync(ctx, "zeta", "209")
	require.ErrorIs(t, err, eyeshot.ErrNotFound)
}

func TestADeliveryIsNewOnce(t *testing.T) {
	db, ctx := fresh(t), t.Context()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	deliver := func(source, id string, at time.Time) bool {
		isNew, err := db.Deliver(ctx, "acme", source, id, at, at.Add(-time.Hour))
		require.NoError(t, err)
		return isNew
	}
	require.True(t, deliver("s", "1", at))
	require.False(t, deliver("s", "1", at.Add(time.Minute)))
	require.True(t, deliver("other", "1", at))
	require.True(t, deliver("s", "1", at.Add(2*time.Hour)), "what is too old to be taken anyway is forgotten")
}

func TestSourcesLastAndGoWithTheirTenant(t *testing.T) {
	db, ctx := fresh(t), t.Context()
	require.NoError(t, db.AddSource(ctx, "acme", "s", []byte(`{"name":"s"}`)))
	require.ErrorIs(t, db.AddSource(ctx, "zeta", "s", []byte(`{}`)), eyeshot.ErrConflict)
	all, err := db.Sources(ctx)
	require.NoError(t, err)
	require.Equal(t, [][]byte{[]byte(`{"name":"s"}`)}, all)
	require.NoError(t, db.RemoveTenant(ctx, "acme"))
	all, err = db.Sources(ctx)
	require.NoError(t, err)
	require.Empty(t, all)
}
