package sources

import (
	"context"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

// Probe says in words what a source's credentials can and cannot see.
func (m *Manager) Probe(ctx context.Context, tenant, name string) ([]connectors.Finding, error) {
	s, err := m.source(tenant, name)
	if err != nil {
		return nil, err
	}
	connector, err := m.open(s)
	if err != nil {
		return nil, err
	}
	prober, ok := connector.(connectors.Prober)
	if !ok {
		return []connectors.Finding{{OK: true, Text: "This kind of source has nothing to test."}}, nil
	}
	findings, err := prober.Probe(ctx)
	return findings, s.blame(err)
}

// Account is an account of a source and what it became. Opens is how many
// documents one that is nobody's would open, if it were somebody's.
type Account struct {
	identities.Identity
	Opens int `json:"opens"`
}

// Identities lists the accounts of a source. It fails with
// [eyeshot.ErrInvalid] for a source that has none.
func (m *Manager) Identities(ctx context.Context, tenant, name string) ([]Account, error) {
	s, directory, err := m.directory(tenant, name)
	if err != nil {
		return nil, err
	}
	in, err := m.config.Tenant(ctx, s.config.Tenant, true)
	if err != nil {
		return nil, err
	}
	out := []Account{}
	for identity, err := range directory.Identities(ctx) {
		if err != nil {
			return nil, s.blame(fmt.Errorf("list the accounts of source %q: %w", name, err))
		}
		account := Account{Identity: identity}
		if !identity.Matched() {
			if account.Opens, err = in.Reaches(ctx, identity.Subject); err != nil {
				return nil, err
			}
		}
		out = append(out, account)
	}
	return out, nil
}

func (m *Manager) directory(tenant, name string) (*source, connectors.Directory, error) {
	s, err := m.source(tenant, name)
	if err != nil {
		return nil, nil, err
	}
	connector, err := m.open(s)
	if err != nil {
		return nil, nil, err
	}
	directory, ok := connector.(connectors.Directory)
	if !ok {
		return nil, nil, eyeshot.Invalid("source", name, "is of a type that has no accounts of its own")
	}
	return s, directory, nil
}

// Held lists what is held back of a source.
func (m *Manager) Held(ctx context.Context, tenant, name string) ([]state.Held, error) {
	if _, err := m.source(tenant, name); err != nil {
		return nil, err
	}
	return m.config.Syncer.Held(ctx, tenant, name)
}

// Approve lets objects be opened as their source wants; by is who says so. The
// source is looked at soon.
func (m *Manager) Approve(ctx context.Context, tenant, name string, objects []eyeshot.Object, by string) error {
	s, err := m.source(tenant, name)
	if err != nil {
		return err
	}
	unlock, err := s.lock(ctx) // a sync that ends now would move on behind what is approved
	if err != nil {
		return err
	}
	defer unlock()
	if err := m.config.Syncer.Approve(ctx, tenant, name, objects, by); err != nil {
		return err
	}
	m.config.Logger.Info("approved what was held back", "source", name, "objects", len(objects), "by", by)
	s.hint()
	return nil
}
