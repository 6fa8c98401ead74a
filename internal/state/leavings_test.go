package state_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

func TestASourceIsNotForgottenWhileItHasRelationships(t *testing.T) {
	db, ctx := fresh(t), t.Context()
	require.NoError(t, db.AddTenant(ctx, state.Tenant{Name: "acme", StoreID: "1", ModelID: "1"}))
	on := []eyeshot.Relationship{rel("user:a", "viewer", "ticket:s/1"), rel("user:b", "viewer", "ticket:s/1")}
	in := []eyeshot.Relationship{rel("user:a", "member", "group:g")}
	require.NoError(t, db.Settle(ctx, "acme", "s", on, nil))
	require.NoError(t, db.Mark(ctx, "acme", "s/acl", in))
	left, err := db.Leavings(ctx, "s")
	require.NoError(t, err)
	require.Equal(t, []state.Left{{Tenant: "acme", Source: "s", Documents: 1, Relationships: 3}}, left)
	require.ErrorIs(t, db.ForgetSource(ctx, "acme", "s"), eyeshot.ErrConflict)
	require.NoError(t, db.Settle(ctx, "acme", "s", nil, on))
	require.ErrorIs(t, db.ForgetSource(ctx, "acme", "s"), eyeshot.ErrConflict, "what is pending may be there")
	require.NoError(t, db.Settle(ctx, "acme", "s/acl", nil, in))
	require.NoError(t, db.ForgetSource(ctx, "acme", "s"))
	left, err = db.Leavings(ctx, "s")
	require.NoError(t, err)
	require.Empty(t, left)
}
