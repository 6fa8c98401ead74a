package sources_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/sources"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

// synced leaves in the state what a source leaves there that was read once.
func (w *world) synced(tenant, name string) {
	w.t.Helper()
	ctx := w.t.Context()
	require.NoError(w.t, w.state.AddTenant(ctx, state.Tenant{Name: tenant, StoreID: tenant, ModelID: "m", CreatedAt: w.clock.Now()}))
	require.NoError(w.t, w.state.SaveCheckpoint(ctx, tenant, name+"/established", "yes"))
}

func TestASourceThatIsRemovedIsForgotten(t *testing.T) {
	w := newWorld(t)
	w.synced("acme", "later")
	m := w.manager()
	require.NoError(t, m.Add(t.Context(), files("later")))
	left, err := m.Leavings(t.Context(), "", "later")
	require.NoError(t, err)
	require.Equal(t, state.Left{Tenant: "acme", Source: "later"}, left)
	report, err := m.Remove(t.Context(), "acme", "later", nil)
	require.NoError(t, err)
	require.Equal(t, 1, report.Deleted)
	require.Equal(t, []string{"later removed"}, w.runs(1))
	for _, m := range []*sources.Manager{m, w.manager()} {
		list, err := m.List(t.Context(), "")
		require.NoError(t, err)
		require.Empty(t, list)
		_, err = m.Remove(t.Context(), "", "later", nil)
		require.ErrorIs(t, err, eyeshot.ErrNotFound)
	}
}

func TestASourceOfTheConfigurationIsNotRemoved(t *testing.T) {
	w := newWorld(t)
	w.synced("acme", "s")
	m := w.manager(files("s"))
	_, err := m.Remove(t.Context(), "acme", "s", nil)
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.ErrorContains(t, err, "take it out of there first")
	require.Empty(t, w.ran)
}

func TestASourceThatIsConfiguredNoLongerIsListedUntilItIsRemoved(t *testing.T) {
	w := newWorld(t)
	w.synced("acme", "old")
	m := w.manager(files("s"))
	for tenant, n := range map[string]int{"": 2, "acme": 2, "zeta": 0} {
		list, err := m.List(t.Context(), tenant)
		require.NoError(t, err)
		require.Len(t, list, n, tenant)
		if n > 0 {
			require.Equal(t, []string{"old", sources.Unconfigured, "never"}, []string{list[1].Name, list[1].Type, list[1].Permissions})
		}
	}
	_, err := m.Remove(t.Context(), "zeta", "old", nil)
	require.ErrorIs(t, err, eyeshot.ErrNotFound, "another tenant has none")
	_, err = m.Remove(t.Context(), "acme", "old/acl", nil)
	require.ErrorIs(t, err, eyeshot.ErrInvalid, "a part of a source is none")
	_, err = m.Remove(t.Context(), "", "old", nil)
	require.NoError(t, err)
}

func TestWhatSeveralTenantsHaveIsRemovedOfTheOneThatIsNamed(t *testing.T) {
	w := newWorld(t)
	w.synced("acme", "notes")
	w.synced("zeta", "notes")
	m := w.manager()
	_, err := m.Remove(t.Context(), "", "notes", nil)
	require.ErrorContains(t, err, "[acme zeta]")
	_, err = m.Remove(t.Context(), "zeta", "notes", nil)
	require.NoError(t, err)
	left, err := m.Leavings(t.Context(), "", "notes")
	require.NoError(t, err)
	require.Equal(t, "acme", left.Tenant)
}
