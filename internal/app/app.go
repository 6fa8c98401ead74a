// Package app builds the product from its configuration: it opens the data
// directory, OpenFGA, the store and the embedder, puts the packages together,
// and takes it all apart again in the right order. It holds no logic of its own.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
	"github.com/eyeshot-dev/eyeshot/internal/obs"
	"github.com/eyeshot-dev/eyeshot/internal/sources"
	"github.com/eyeshot-dev/eyeshot/internal/state"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/tenants"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// Options are what does not come from the configuration.
type Options struct {
	Logger  *slog.Logger // nil: none
	Version string

	wrapStore func(store.Driver) store.Driver // nil: none; tests put faults in
}

// App is the running product. Its parts are safe for concurrent use.
type App struct {
	Config    config.Config
	Tenants   *tenants.Registry
	Retriever *retriever.Retriever
	Indexer   *indexer.Indexer
	Issuer    *identity.Issuer // nil where tokens.local is false
	Store     store.Driver
	State     *state.DB
	Metrics   *obs.Metrics
	Sources   *sources.Manager

	options   Options
	logger    *slog.Logger
	dir       *dataDir
	embedder  embed.Embedder
	handler   http.Handler
	listening atomic.Pointer[string] // the URL, once Serve listens
	closers   []func() error
}

// Open builds everything. What it has opened is closed again where it fails. A
// data directory that another process has open is [eyeshot.ErrConflict].
func Open(ctx context.Context, cfg config.Config, options Options) (*App, error) {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	a := &App{Config: cfg, options: options, logger: options.Logger, Metrics: obs.NewMetrics()}
	for _, open := range []func(context.Context) error{a.openDir, a.openContent, a.openTenants, a.openSearch, a.openSources, a.openHTTP} {
		if err := open(ctx); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return a, nil
}

// Close ends everything, last opened first. Requests in flight should have ended.
func (a *App) Close() error {
	var all error
	for i := len(a.closers) - 1; i >= 0; i-- {
		all = errors.Join(all, a.closers[i]())
	}
	a.closers = nil
	return all
}

// Handler serves the HTTP surface.
func (a *App) Handler() http.Handler { return a.handler }

func (a *App) closing(closer func() error) { a.closers = append(a.closers, closer) }

func (a *App) openDir(context.Context) error {
	dir, err := openDataDir(a.Config.DataDir)
	if err != nil {
		return err
	}
	a.dir = dir
	a.closing(dir.Close)
	return nil
}

// openSearch puts the two halves together.
func (a *App) openSearch(context.Context) error {
	var err error
	a.embedder, err = newEmbedder(a.Config.Embedding)
	if err != nil {
		return fmt.Errorf("opening the embedding model: %w", err)
	}
	policy := policyOf(a.Config.Authz)
	gate, err := filters.NewGate(policy, nil)
	if err != nil {
		return err
	}
	planner, err := a.newPlanner()
	if err != nil {
		return err
	}
	a.Retriever, err = retriever.New(retriever.Config{
		Tenants: findTenant{a.Tenants}, Policy: policy, Gate: gate, Searcher: a.Store, Content: filters.NewContent(a.Store),
		Embedder: a.embedder, Observer: a.Metrics, Planner: planner,
		Budget: retriever.Budget{Checks: a.Config.Search.CheckBudget, Time: a.Config.Search.TimeBudget},
	})
	if err != nil {
		return err
	}
	a.Indexer, err = newIndexer(a)
	return err
}

// policyOf is the configured policy, or that of the model that ships with
// Eyeshot.
func policyOf(cfg config.Authz) filters.Policy {
	if len(cfg.Documents) == 0 {
		return filters.DefaultPolicy()
	}
	policy := filters.Policy{}
	for typ, r := range cfg.Documents {
		policy[typ] = filters.Relations{Read: r.Read, Delegated: r.Delegated, Task: r.Task}
	}
	return policy
}

// findTenant gives the retriever its view of a tenant.
type findTenant struct{ registry *tenants.Registry }

// Tenant finds an open tenant, or opens it.
func (f findTenant) Tenant(ctx context.Context, name string) (retriever.Tenant, error) {
	tenant, err := f.registry.Tenant(ctx, name)
	if err != nil {
		return nil, err // a nil *Tenant must not become a non-nil interface
	}
	return tenant, nil
}
