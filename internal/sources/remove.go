package sources

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

// Leavings tells what Remove would take away of a source, which need not be
// configured any longer; "" is for the only tenant that has something of it.
// A source that stands in the configuration file is [eyeshot.ErrConflict]: it
// would come back.
func (m *Manager) Leavings(ctx context.Context, tenant, name string) (state.Left, error) {
	if slices.ContainsFunc(m.config.Sources, func(s config.Source) bool { return s.Name == name }) {
		return state.Left{}, fmt.Errorf("%w: source %q stands in the configuration file: take it out of there first, or it is read again", eyeshot.ErrConflict, name)
	}
	if strings.Contains(name, "/") { // names that the state keeps parts of a source under
		return state.Left{}, eyeshot.Invalid("source", name, "is no name of a source: those hold no '/'")
	}
	all, err := m.config.State.Leavings(ctx, name)
	if err != nil {
		return state.Left{}, err
	}
	var in []string
	var found state.Left
	for _, left := range all {
		if tenant == "" || left.Tenant == tenant {
			in, found = append(in, left.Tenant), left
		}
	}
	switch len(in) {
	case 0:
		return found, fmt.Errorf("source %q: %w, and nothing is left of it", name, eyeshot.ErrNotFound)
	case 1:
		return found, nil
	}
	return state.Left{}, eyeshot.Invalid("tenant", "", fmt.Sprintf("must be one of those that have something of source %q: %v", name, in))
}

// Remove takes a source away with all that Leavings tells. It is not for use
// beside Run. Where it was interrupted, another call goes on. progress, which
// may be nil, is told how many documents are gone.
func (m *Manager) Remove(ctx context.Context, tenant, name string, progress func(documents int)) (sync.Report, error) {
	left, err := m.Leavings(ctx, tenant, name)
	if err != nil {
		return sync.Report{}, err
	}
	if s, err := m.source(left.Tenant, name); err == nil {
		unlock, err := s.lock(ctx)
		if err != nil {
			return sync.Report{}, err
		}
		defer unlock()
	}
	if _, err := m.config.Tenant(ctx, left.Tenant, false); err != nil {
		return sync.Report{}, err
	}
	// First of all, or a server that is started in between would read it again.
	if err := m.config.State.DropSource(ctx, left.Tenant, name); err != nil {
		return sync.Report{}, err
	}
	m.mu.Lock()
	delete(m.sources, name)
	m.mu.Unlock()
	report, err := m.config.Syncer.Remove(ctx, left.Tenant, name, progress)
	m.config.Logger.Info("removed a source", "source", name, "deleted", report.Deleted, "tuples_removed", report.TuplesRemoved, "done", err == nil)
	return report, err
}

// Unconfigured is the type of a source, as it is listed, that was read once and
// is configured no longer.
const Unconfigured = "unconfigured"

// unconfigured lists the sources of a tenant, or with "" of all, that nothing
// refreshes any more: what is left of them stays readable by whoever may now.
func (m *Manager) unconfigured(ctx context.Context, tenant string) (out []Status, err error) {
	all, err := m.config.State.Synced(ctx)
	if err != nil {
		return nil, err
	}
	for _, left := range all {
		if _, err := m.source(left.Tenant, left.Source); err == nil || tenant != "" && left.Tenant != tenant {
			continue
		}
		status, err := m.status(ctx, newSource(config.Source{
			Name: left.Source, Tenant: left.Tenant, Type: Unconfigured, Content: -1, Permissions: -1, Full: -1,
		}))
		if err != nil {
			return nil, err
		}
		out = append(out, status)
	}
	return out, nil
}

// warnOfLeavings names them in the log.
func (m *Manager) warnOfLeavings(ctx context.Context) {
	all, err := m.unconfigured(ctx, "")
	if err != nil {
		m.config.Logger.Warn("it is not known whether sources are configured no longer", "error", err)
	}
	for _, left := range all {
		m.config.Logger.Warn("a source is configured no longer: nothing refreshes who may read its documents; eyeshot sources remove takes them away",
			"source", left.Name, "tenant", left.Tenant, "documents", left.Documents)
	}
}
