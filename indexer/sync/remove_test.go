package sync_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

// removable is a source of ten documents, with something of everything that is
// remembered of one, beside relationships that are not its own.
func removable(t *testing.T, db *state.DB, tenant string) (w *world, others []string) {
	w = newWorldOn(t, db, shipped(t), tenant)
	require.NoError(t, db.AddTenant(t.Context(), state.Tenant{Name: tenant, StoreID: tenant, ModelID: "m", CreatedAt: w.now}))
	w.fill(10, 30)
	w.run(sync.Content)
	w.source.Share("01", append(slices.Clone(inProject), "viewer user:*")...)
	w.public = true
	w.run(sync.Permissions)
	require.Len(t, w.heldBack(), 1)
	shared := connectortest.Rel("group:shared", "member", "user:1")
	w.source.SetAccess(append(w.source.Access(), shared)...)
	w.run(sync.Permissions)
	ctx := t.Context()
	require.NoError(t, db.Settle(ctx, tenant, "s2/acl", []eyeshot.Relationship{shared}, nil))
	require.NoError(t, db.SaveCheckpoint(ctx, tenant, "s2/established", "yes"))
	require.NoError(t, db.See(ctx, tenant, "s2/lost", []eyeshot.Object{"ticket:s2/1"}))
	require.NoError(t, db.SaveSync(ctx, tenant, "s", "sync-of-"+tenant, time.Now(), []byte("{}")))
	_, err := db.Deliver(ctx, tenant, "s", "d", time.Now(), time.Time{})
	require.NoError(t, err)
	for _, r := range []eyeshot.Relationship{connectortest.Rel("ticket:s/01", "delegated_read", "delegation:a~b"), connectortest.Rel("group:eng", "member", "user:x")} {
		w.tuples[r.Key()] = r
		others = append(others, r.String())
	}
	others = append(others, shared.String())
	slices.Sort(others)
	return w, others
}

func (w *world) leavings() []state.Left {
	w.t.Helper()
	left, err := w.state.Leavings(w.t.Context(), "s")
	require.NoError(w.t, err)
	return left
}

func (w *world) remove(ctx context.Context) error {
	_, err := w.syncer().Remove(ctx, w.tenant, "s", nil)
	return err
}

func TestASourceThatIsRemovedLeavesNothingAndTakesNothingOfOthers(t *testing.T) {
	db := openState(t)
	stays, _ := removable(t, db, "stays")
	before := stays.relationships()
	w, others := removable(t, db, "acme")
	told := 0
	report, err := w.syncer().Remove(t.Context(), "acme", "s", func(documents int) { told = documents })
	require.NoError(t, err)
	require.Equal(t, []int{10, 10}, []int{report.Deleted, told})
	require.Equal(t, others, w.relationships())
	require.Empty(t, w.texts())
	require.Equal(t, []string{"stays"}, tenantsOf(w.leavings()))
	require.Empty(t, w.lost())
	require.Empty(t, w.heldBack())
	_, err = db.Sync(t.Context(), "acme", "sync-of-acme")
	require.ErrorIs(t, err, eyeshot.ErrNotFound)
	require.Equal(t, "yes", w.checkpoint("s2/established"), "another source's, whose name begins alike")
	seen, err := db.Seen(t.Context(), "acme", "s2/lost")
	require.NoError(t, err)
	require.Len(t, seen, 1)
	require.Equal(t, before, stays.relationships(), "another tenant's")
	require.NotEmpty(t, stays.texts())
}

func tenantsOf(all []state.Left) (out []string) {
	for _, left := range all {
		out = append(out, left.Tenant)
	}
	return out
}

func TestARemovalThatIsKilledGoesOnAndEndsAsOneThatWasNot(t *testing.T) {
	db := openState(t)
	for n := 0; ; n++ {
		w, others := removable(t, db, fmt.Sprint("killed-", n))
		w.killAt = w.steps + 1 + 5*n
		err := w.remove(t.Context())
		if w.killAt = 0; err != nil {
			require.ErrorIs(t, err, errKilled)
			require.Contains(t, tenantsOf(w.leavings()), w.tenant, "what is left is still known")
			left := fmt.Sprint(w.relationships())
			if strings.Contains(left, "ticket:s/09#project") {
				require.Equal(t, 30, strings.Count(left, string(project)+"#viewer"), "documents go before what they hang on")
			}
			require.NoError(t, w.remove(t.Context()))
		}
		require.Equal(t, others, w.relationships())
		require.Empty(t, w.texts())
		require.NotContains(t, tenantsOf(w.leavings()), w.tenant)
		if err == nil {
			require.Greater(t, n, 5, "some were killed")
			return
		}
	}
}
