// Package tenants holds what belongs to one tenant and must never meet
// another's: its OpenFGA store, its permission index with the goroutine that
// keeps it current, and the writer that changes both. It opens tenants that are
// set up and sets up new ones; it decides nothing about permissions.
package tenants

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

// Config is what a Registry is made of; the fields up to Logger are required,
// but for that.
type Config struct {
	Client        *authz.Client
	State         *state.DB
	Model         []byte   // the authorization model, as JSON
	DocumentTypes []string // types of the model that searches return
	PollInterval  time.Duration
	Logger        *slog.Logger
	// SnapshotDir is where the permission indexes are kept from one start to the
	// next; "" for nowhere.
	SnapshotDir string
	// Readers is the store that keeps readers beside its documents, and
	// ReadRelations maps each document type to the relation that these have; nil
	// where the store keeps none.
	Readers       authzsync.ReaderStore
	ReadRelations map[string]string
}

// Registry opens each tenant once. It is safe for concurrent use.
type Registry struct {
	config  Config
	opening singleflight.Group
	ctx     context.Context // that of the goroutines it owns
	cancel  context.CancelFunc
	mu      sync.Mutex
	open    map[string]*Tenant
	closed  bool
	busy    sync.WaitGroup // those who open a tenant
}

// NewRegistry makes a registry; Close ends what it has started.
func NewRegistry(config Config) *Registry {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Registry{config: config, ctx: ctx, cancel: cancel, open: map[string]*Tenant{}}
}

// Tenant returns a tenant that is set up, opening it on first use, or
// [eyeshot.ErrNotFound].
func (r *Registry) Tenant(ctx context.Context, name string) (*Tenant, error) {
	if tenant := r.opened(name); tenant != nil {
		return tenant, nil
	}
	return r.once(ctx, name, func(ctx context.Context) (*Tenant, error) {
		known, err := r.config.State.Tenant(ctx, name)
		if err != nil {
			return nil, err
		}
		return r.openKnown(ctx, known)
	})
}

// Create returns a tenant, setting it up where it is not: an OpenFGA store with
// the model. It is for operators; no request of a user ever gets here.
func (r *Registry) Create(ctx context.Context, name string) (*Tenant, error) {
	tenant, err := r.Tenant(ctx, name)
	if !errors.Is(err, eyeshot.ErrNotFound) {
		return tenant, err
	}
	if err := identity.CheckTenant(name); err != nil {
		return nil, err
	}
	for {
		tried := false // or what came back is the answer to somebody who only looked
		tenant, err := r.once(ctx, name, func(ctx context.Context) (*Tenant, error) {
			tried = true
			known, err := r.setUp(ctx, name)
			if err != nil {
				return nil, err
			}
			return r.openKnown(ctx, known)
		})
		if !errors.Is(err, eyeshot.ErrNotFound) || tried {
			return tenant, err
		}
	}
}

// Open lists the tenants that are open, by name.
func (r *Registry) Open() []*Tenant {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.open), func(a, b *Tenant) int { return strings.Compare(a.name, b.name) })
}

// Names lists the tenants that are set up.
func (r *Registry) Names(ctx context.Context) ([]string, error) {
	known, err := r.config.State.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(known))
	for i, tenant := range known {
		names[i] = tenant.Name
	}
	return names, nil
}

// Ready says whether OpenFGA answers.
func (r *Registry) Ready(ctx context.Context) error { return r.config.Client.Ping(ctx) }

// Close ends the goroutines of all tenants, and those that open one, and waits
// for them.
func (r *Registry) Close() error {
	r.cancel()
	r.close()
	r.busy.Wait() // without mu: who opens a tenant needs it to end
	r.mu.Lock()
	defer r.mu.Unlock()
	var all error
	for _, tenant := range r.open {
		all = errors.Join(all, tenant.close())
	}
	r.open = nil // closing again does nothing
	return all
}

func (r *Registry) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

// begin counts one who opens a tenant, until busy.Done; it fails after Close.
func (r *Registry) begin() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return fmt.Errorf("%w: shutting down", eyeshot.ErrUnavailable)
	}
	r.busy.Add(1)
	return nil
}

func (r *Registry) opened(name string) *Tenant {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open[name]
}

// once runs open for a name, once for all who ask at the same time, and keeps
// what it gives. The work is not tied to the first caller's context, or its
// going away would fail the others.
func (r *Registry) once(ctx context.Context, name string, open func(context.Context) (*Tenant, error)) (*Tenant, error) {
	result := r.opening.DoChan(name, func() (any, error) {
		if tenant := r.opened(name); tenant != nil {
			return tenant, nil
		}
		if err := r.begin(); err != nil {
			return nil, err
		}
		defer r.busy.Done()
		tenant, err := open(r.ctx)
		if err != nil {
			return nil, err
		}
		return tenant, r.keep(tenant)
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: opening tenant %q: %w", eyeshot.ErrUnavailable, name, ctx.Err())
	case opened := <-result:
		if opened.Err != nil {
			return nil, opened.Err
		}
		return opened.Val.(*Tenant), nil
	}
}

func (r *Registry) keep(tenant *Tenant) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return errors.Join(fmt.Errorf("%w: shutting down", eyeshot.ErrUnavailable), tenant.close())
	}
	r.open[tenant.name] = tenant
	return nil
}

// setUp makes the tenant's OpenFGA store. A crash before the state file has it
// leaves an empty store behind, which nothing refers to.
func (r *Registry) setUp(ctx context.Context, name string) (state.Tenant, error) {
	id, err := r.config.Client.CreateStore(ctx, "eyeshot/"+name)
	if err != nil {
		return state.Tenant{}, fmt.Errorf("making the OpenFGA store of tenant %q: %w", name, err)
	}
	model, err := r.config.Client.Store(id, "").WriteModel(ctx, r.config.Model)
	if err != nil {
		return state.Tenant{}, fmt.Errorf("writing the authorization model of tenant %q: %w", name, err)
	}
	known := state.Tenant{Name: name, StoreID: id, ModelID: model, CreatedAt: time.Now()}
	return known, r.config.State.AddTenant(ctx, known)
}

// openKnown brings the tenant's model up to date and opens its index.
func (r *Registry) openKnown(ctx context.Context, known state.Tenant) (*Tenant, error) {
	modelID, err := r.currentModel(ctx, known)
	if err != nil {
		return nil, fmt.Errorf("the authorization model of tenant %q: %w", known.Name, err)
	}
	return r.start(ctx, known.Name, r.config.Client.Store(known.StoreID, modelID))
}

// currentModel writes the configured model where the tenant has another one, as
// after an upgrade.
func (r *Registry) currentModel(ctx context.Context, known state.Tenant) (string, error) {
	want, err := authz.ParseModel(r.config.Model)
	if err != nil {
		return "", err
	}
	store := r.config.Client.Store(known.StoreID, "")
	have, err := store.Model(ctx, known.ModelID)
	if err != nil && !errors.Is(err, eyeshot.ErrNotFound) {
		return "", err
	}
	// SECURITY: conditions count: a grant that the new model lets expire must not
	// go on under the old one.
	if have != nil && reflect.DeepEqual(have.Types, want.Types) && reflect.DeepEqual(have.Conditions, want.Conditions) {
		return known.ModelID, nil
	}
	id, err := store.WriteModel(ctx, r.config.Model)
	if err != nil {
		return "", err
	}
	r.config.Logger.Info("wrote a new authorization model", "tenant", known.Name, "model", id)
	return id, r.config.State.SetModel(ctx, known.Name, id)
}
