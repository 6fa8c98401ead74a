package app

import (
	"context"
	"fmt"
	"os"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/sources"
	"github.com/eyeshot-dev/eyeshot/internal/tenants"
)

// openSources builds what reads sources. None is asked anything yet.
func (a *App) openSources(ctx context.Context) error {
	read := map[string]string{}
	for typ, r := range policyOf(a.Config.Authz) {
		read[typ] = r.Read
	}
	syncer, err := sync.New(sync.Config{
		Indexer: a.Indexer, State: a.State, Read: read,
		Model: func(ctx context.Context, name string) (*authz.Model, error) {
			tenant, err := a.Tenants.Tenant(ctx, name)
			if err != nil {
				return nil, err
			}
			return tenant.Model(ctx)
		},
	})
	if err != nil {
		return err
	}
	a.Sources, err = sources.New(ctx, sources.Config{
		Sources: a.Config.Sources, Build: sources.Builder(os.Getenv), Syncer: syncer, State: a.State,
		Tenant: a.sourceTenant, Read: read, Logger: a.logger, Observer: a.Metrics,
	})
	if err != nil {
		return fmt.Errorf("opening the sources: %w", err)
	}
	a.closing(a.Sources.Close)
	return nil
}

// sourceTenant opens a tenant for a source; a configured source is an operator's
// word, so its tenant is set up where it is new.
func (a *App) sourceTenant(ctx context.Context, name string, create bool) (sources.Tenant, error) {
	open := a.Tenants.Tenant
	if create {
		open = a.Tenants.Create
	}
	tenant, err := open(ctx, name)
	if err != nil {
		return nil, err // a nil *Tenant must not become a non-nil interface
	}
	return reachingTenant{tenant, policyOf(a.Config.Authz)}, nil
}

type reachingTenant struct {
	*tenants.Tenant
	policy filters.Policy
}

// Reaches counts the documents that the permission index lets a subject read.
func (t reachingTenant) Reaches(ctx context.Context, subject eyeshot.Object) (int, error) {
	reach, _, err := t.Reach(ctx, 0)
	if err != nil {
		return 0, err
	}
	n := 0
	for typ, r := range t.policy {
		_, upper := reach.Allowed(eyeshot.Subject(subject), r.Read, typ)
		n += int(upper.GetCardinality())
	}
	return n, nil
}
