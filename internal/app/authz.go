package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/fgaserver"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
	"github.com/eyeshot-dev/eyeshot/internal/obs"
	"github.com/eyeshot-dev/eyeshot/internal/state"
	"github.com/eyeshot-dev/eyeshot/internal/tenants"
)

// embeddedPoll is how often the change log of the server inside the process is
// looked at. All writes to it go through this process and are in the index
// already, so looking is a safeguard and not what keeps the index current.
const embeddedPoll = 5 * time.Second

// openTenants connects to OpenFGA and opens the registry of tenants.
func (a *App) openTenants(ctx context.Context) error {
	client, poll, err := a.connect(ctx)
	if err != nil {
		return err
	}
	a.closing(func() error { client.Close(); return nil })
	encoded, err := readModel(a.Config.Authz.Model)
	if err != nil {
		return err
	}
	a.State, err = state.Open(ctx, a.dir.file("state.db"))
	if err != nil {
		return err
	}
	a.closing(a.State.Close)
	a.Tenants = tenants.NewRegistry(tenants.Config{
		Client: client, State: a.State, Model: encoded, DocumentTypes: policyOf(a.Config.Authz).Types(),
		PollInterval: poll, Logger: a.logger, SnapshotDir: a.dir.path, Readers: a.readerStore(), ReadRelations: policyOf(a.Config.Authz).ReadRelations(),
	})
	a.closing(a.Tenants.Close)
	return a.Metrics.Tenants(a.permissionIndexes)
}

// permissionIndexes says how those of the open tenants are.
func (a *App) permissionIndexes() []obs.TenantIndex {
	var all []obs.TenantIndex
	for _, tenant := range a.Tenants.Open() {
		all = append(all, obs.TenantIndex{Tenant: tenant.Name(), Age: tenant.Age().Seconds(), Stats: tenant.Stats(), Behind: tenant.Behind()})
	}
	return all
}

// connect returns a client of the configured OpenFGA. The code behind it is the
// same for a remote server and for the one inside the process.
func (a *App) connect(ctx context.Context) (*authz.Client, time.Duration, error) {
	cfg := a.Config.Authz
	settings := authz.Config{
		URL: cfg.URL, Timeout: cfg.Timeout, MaxChecksPerBatch: cfg.ChecksPerBatch, ParallelBatches: cfg.ParallelBatches,
	}
	poll := cfg.PollInterval
	if cfg.TokenEnv != "" {
		settings.Credentials.APIToken = authz.Secret(os.Getenv(cfg.TokenEnv))
	}
	if cfg.URL == "" {
		server, err := fgaserver.Open(ctx, fgaserver.Config{Dir: a.dir.path, Logger: a.logger, MaxChecksPerBatchCheck: cfg.ChecksPerBatch})
		if err != nil {
			return nil, 0, openingFGA(err)
		}
		a.closing(func() error {
			ctx, cancel := context.WithTimeout(context.Background(), a.Config.HTTP.ShutdownTimeout)
			defer cancel()
			return server.Close(ctx)
		})
		settings.Transport, settings.ListDeadline, poll = server.Transport(), -1, max(poll, embeddedPoll)
	}
	client, err := authz.NewClient(settings)
	return client, poll, err
}

// openingFGA says what to do about a database that the server inside the process
// can't use. An opening that was broken off is no fault of the database's.
func openingFGA(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("opening the OpenFGA server: %w", err)
	}
	return fmt.Errorf("%w: opening the OpenFGA server: %w; if its file is damaged, restore the data directory from a backup", eyeshot.ErrConflict, err)
}

// readModel returns the authorization model as JSON: that of the file, or the
// one that ships with Eyeshot.
func readModel(path string) ([]byte, error) {
	dsl := model.DSL()
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%w: authz.model: %w", eyeshot.ErrInvalid, err)
		}
		dsl = string(text)
	}
	encoded, err := model.JSON(dsl)
	if err != nil {
		return nil, fmt.Errorf("authz.model: %w", err)
	}
	return encoded, nil
}
