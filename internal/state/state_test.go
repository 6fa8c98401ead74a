package state_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, path string) *state.DB {
	t.Helper()
	db, err := state.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func fresh(t *testing.T) *state.DB { return open(t, filepath.Join(t.TempDir(), "state.db")) }

func rel(subject, relation, object string) eyeshot.Relationship {
	return eyeshot.Relationship{Subject: eyeshot.Subject(subject), Relation: relation, Object: eyeshot.Object(object)}
}

func TestTenantsAreRememberedAcrossRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := open(t, path)
	acme := state.Tenant{Name: "acme", StoreID: "01A", ModelID: "01M", CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}
	require.NoError(t, db.AddTenant(t.Context(), acme))
	require.NoError(t, db.AddTenant(t.Context(), state.Tenant{Name: "zeta", StoreID: "01Z"}))
	require.NoError(t, db.SetModel(t.Context(), "acme", "01N"))
	require.NoError(t, db.Close())

	db = open(t, path)
	acme.ModelID = "01N"
	got, err := db.Tenant(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, acme, got)
	all, err := db.Tenants(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 2)
}

func TestATenantNeverGetsASecondStore(t *testing.T) {
	db := fresh(t)
	require.NoError(t, db.AddTenant(t.Context(), state.Tenant{Name: "acme", StoreID: "01A"}))
	require.ErrorIs(t, db.AddTenant(t.Context(), state.Tenant{Name: "acme", StoreID: "01B"}), eyeshot.ErrConflict)
	require.ErrorIs(t, db.AddTenant(t.Context(), state.Tenant{Name: "b"}), eyeshot.ErrInvalid)
	require.ErrorIs(t, db.SetModel(t.Context(), "nobody", "x"), eyeshot.ErrNotFound)
	_, err := db.Tenant(t.Context(), "nobody")
	require.ErrorIs(t, err, eyeshot.ErrNotFound)
}

func TestOwnershipFollowsMarkAndSettle(t *testing.T) {
	db, ctx := fresh(t), t.Context()
	a, b := rel("user:a", "viewer", "ticket:s/1"), rel("user:b", "viewer", "ticket:s/1")
	b.Condition = &eyeshot.Condition{Name: "unexpired", Context: map[string]any{"expires_at": "2026-01-01T00:00:00Z"}}

	require.NoError(t, db.Mark(ctx, "acme", "s", []eyeshot.Relationship{a, b}))
	require.ElementsMatch(t, []state.Owned{{a, "s", true}, {b, "s", true}}, owned(t, db, "ticket:s/1"))

	require.NoError(t, db.Settle(ctx, "acme", "s", []eyeshot.Relationship{a, b}, nil))
	require.ElementsMatch(t, []state.Owned{{a, "s", false}, {b, "s", false}}, owned(t, db, "ticket:s/1"))

	require.NoError(t, db.Mark(ctx, "acme", "s", []eyeshot.Relationship{a}))
	require.NoError(t, db.Settle(ctx, "acme", "s", nil, []eyeshot.Relationship{a}))
	require.ElementsMatch(t, []state.Owned{{b, "s", false}}, owned(t, db, "ticket:s/1"))
}

func TestSourcesAndTenantsDoNotTouchEachOthersRecords(t *testing.T) {
	db, ctx := fresh(t), t.Context()
	member := []eyeshot.Relationship{rel("user:a", "member", "group:eng")}
	require.NoError(t, db.Settle(ctx, "acme", "s", member, nil))
	require.NoError(t, db.Settle(ctx, "acme", "other", member, nil))
	require.NoError(t, db.Settle(ctx, "zeta", "s", member, nil))

	require.NoError(t, db.Settle(ctx, "acme", "s", nil, member))
	require.Equal(t, []state.Owned{{member[0], "other", false}}, owned(t, db, "group:eng"))

	require.NoError(t, db.RemoveTenant(ctx, "acme"))
	require.Empty(t, owned(t, db, "group:eng"))
	zeta, err := db.OwnedBy(ctx, "zeta", "s")
	require.NoError(t, err)
	require.Len(t, zeta, 1)
}

func TestACheckpointIsReplacedAndRemoved(t *testing.T) {
	db, ctx := fresh(t), t.Context()
	for _, value := range []string{"", "line 5", "line 9", ""} {
		require.NoError(t, db.SaveCheckpoint(ctx, "acme", "s", value))
		got, err := db.Checkpoint(ctx, "acme", "s")
		require.NoError(t, err)
		require.Equal(t, value, got)
	}
}

func TestNamesAreDataAndNeverSQL(t *testing.T) {
	db, ctx := fresh(t), t.Context()
	odd := rel(`user:o'"\x`, "viewer", `ticket:s/'); DROP TABLE owned;--"é`)
	require.NoError(t, db.Mark(ctx, "a'cme", `s"x`, []eyeshot.Relationship{odd}))
	got, err := db.OwnedBy(ctx, "a'cme", `s"x`)
	require.NoError(t, err)
	require.Equal(t, []state.Owned{{odd, `s"x`, true}}, got)
}

func owned(t *testing.T, db *state.DB, objects ...eyeshot.Object) []state.Owned {
	t.Helper()
	got, err := db.Owned(t.Context(), "acme", objects)
	require.NoError(t, err)
	return got
}
