package app

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/state"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/migrate"
)

// Migration says what is copied where.
type Migration struct {
	From, To string               // kinds of store, as in store.kind
	Tenant   string               // "" for all that are set up
	Progress func(migrate.Report) // may be nil
}

// Migrate copies tenants from one store to another, both as the configuration
// describes them. Nobody else may have the data directory open meanwhile.
func Migrate(ctx context.Context, cfg config.Config, m Migration) (reports []migrate.Report, err error) {
	if m.From == m.To {
		return nil, eyeshot.Invalid("--to", m.To, "must be another store than --from")
	}
	if _, err := os.Stat(cfg.DataDir); err != nil { // opening it would make it
		return nil, fmt.Errorf("%w: the data directory %s: %w", eyeshot.ErrNotFound, cfg.DataDir, err)
	}
	dir, err := openDataDir(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	names, err := tenantsOf(ctx, dir, m.Tenant)
	if err != nil {
		return nil, err
	}
	from, err := openAs(ctx, cfg, m.From, dir.path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := openAs(ctx, cfg, m.To, dir.path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	for _, name := range names {
		report, err := migrate.Run(ctx, from, to, migrate.Options{Tenant: name, Progress: m.Progress})
		reports = append(reports, report)
		if err != nil && !(errors.Is(err, eyeshot.ErrNotFound) && m.Tenant == "") { // one of many may be without an index
			return reports, fmt.Errorf("tenant %q: %w", name, err)
		}
	}
	return reports, nil
}

func openAs(ctx context.Context, cfg config.Config, kind, dir string) (*store.Service, error) {
	cfg.Store.Kind = kind
	driver, err := OpenStore(ctx, cfg, dir)
	if err != nil {
		return nil, fmt.Errorf("the store %s: %w", kind, err)
	}
	return store.NewService(driver, nil), nil
}

// tenantsOf returns the tenant that is asked for, or all.
func tenantsOf(ctx context.Context, dir *dataDir, only string) ([]string, error) {
	db, err := state.Open(ctx, dir.file("state.db"))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if only != "" {
		tenant, err := db.Tenant(ctx, only)
		return []string{tenant.Name}, err
	}
	tenants, err := db.Tenants(ctx)
	names := make([]string, len(tenants))
	for i, tenant := range tenants {
		names[i] = tenant.Name
	}
	return names, err
}
