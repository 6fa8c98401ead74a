package tenants

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Tenant is one open tenant. It is safe for concurrent use.
type Tenant struct {
	name   string
	store  *authz.Store
	index  *authzsync.Index
	writer *authzsync.Writer
	keeper *authzsync.Keeper // nil where the store keeps no readers
	cancel context.CancelFunc
	done   chan error // the end of what runs
}

// start opens the index and begins to follow OpenFGA's change log.
func (r *Registry) start(ctx context.Context, name string, store *authz.Store) (*Tenant, error) {
	index, err := authzsync.Open(ctx, store, authzsync.Options{
		ModelID: store.ModelID(), DocumentTypes: r.config.DocumentTypes, Poll: r.config.PollInterval,
		Logger: r.config.Logger.With("tenant", name), Snapshot: r.snapshot(store),
	})
	if err != nil {
		return nil, fmt.Errorf("building the permission index of tenant %q: %w", name, err)
	}
	tail, cancel := context.WithCancel(r.ctx)
	tenant := &Tenant{
		name: name, store: store, index: index, writer: authzsync.NewWriter(store, index),
		cancel: cancel, done: make(chan error, 1),
	}
	if r.config.Readers != nil {
		tenant.keeper = authzsync.NewKeeper(index, r.config.Readers, authzsync.KeeperOptions{Tenant: name, Relations: r.config.ReadRelations})
	}
	go func() { tenant.done <- tenant.run(tail) }()
	return tenant, nil
}

// snapshot is the file that a store's permission index is kept in.
func (r *Registry) snapshot(store *authz.Store) string {
	if r.config.SnapshotDir == "" {
		return ""
	}
	return filepath.Join(r.config.SnapshotDir, "permissions-"+store.ID()+".snapshot")
}

// run follows OpenFGA's change log, and keeps the store's readers in step.
func (t *Tenant) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return t.index.Run(ctx) })
	if t.keeper != nil {
		group.Go(func() error { return t.keeper.Run(ctx) })
	}
	return group.Wait()
}

func (t *Tenant) close() error {
	t.cancel()
	return errors.Join(<-t.done, t.index.Close())
}

// Stats returns the counters of the permission index.
func (t *Tenant) Stats() authzsync.Stats { return t.index.Stats() }

// Age returns how old the permission index is.
func (t *Tenant) Age() time.Duration { return t.index.Age() }

// Behind returns how many documents' readers in the store wait to be written.
func (t *Tenant) Behind() int {
	if t.keeper == nil {
		return 0
	}
	documents, _ := t.keeper.Behind()
	return len(documents)
}

// Name returns the tenant's name.
func (t *Tenant) Name() string { return t.name }

// BatchCheck asks the tenant's OpenFGA store, at higher consistency.
func (t *Tenant) BatchCheck(ctx context.Context, checks []authz.Check, conditions authz.CheckContext) ([]authz.Verdict, error) {
	return t.store.BatchCheck(ctx, checks, conditions)
}

// Write changes relationships: in OpenFGA first, and in the permission index
// before it returns.
func (t *Tenant) Write(ctx context.Context, writes, deletes []eyeshot.Relationship) error {
	return t.writer.Write(ctx, writes, deletes)
}

// Model returns the authorization model that the tenant's store has.
func (t *Tenant) Model(ctx context.Context) (*authz.Model, error) {
	return t.store.Model(ctx, t.store.ModelID())
}

// Reach returns one version of the permission index. Where it is older than
// maxAge (0: any age will do) it is waited for; fresh is false where it stays
// older, or is not whole.
func (t *Tenant) Reach(ctx context.Context, maxAge time.Duration) (reach filters.Reach, fresh bool, err error) {
	fresh = true
	if maxAge > 0 {
		fresh = t.index.WaitFresh(ctx, maxAge) == nil
	}
	if t.keeper != nil {
		view := t.keeper.View()
		return view, fresh && view.Whole(), nil
	}
	view := t.index.View()
	return view, fresh && view.Whole(), nil
}

// Keeper returns what writes documents with their readers; nil where the store
// keeps none.
func (t *Tenant) Keeper() *authzsync.Keeper { return t.keeper }

// Require fails with [eyeshot.ErrForbidden] unless the principal itself has the
// relation to its tenant. An agent never has a tenant's role for its user.
func (t *Tenant) Require(ctx context.Context, principal eyeshot.Principal, relation string) error {
	if err := principal.Validate(); err != nil {
		return err
	}
	// SECURITY: roles are not delegated: consent covers reading and editing
	// documents, never ingesting them.
	if principal.Actor != "" || principal.Task != "" || principal.Tenant != t.name {
		return eyeshot.ErrForbidden
	}
	object, err := eyeshot.NewGlobalObject("tenant", t.name)
	if err != nil {
		return err
	}
	check := authz.Check{Subject: eyeshot.Subject(principal.Subject), Relation: relation, Object: object}
	verdicts, err := t.store.BatchCheck(ctx, []authz.Check{check}, filters.CheckContext(time.Now()))
	if err != nil {
		return err
	}
	if len(verdicts) != 1 || verdicts[0].Err != nil {
		return fmt.Errorf("%w: the role could not be checked", eyeshot.ErrUnavailable)
	}
	if !verdicts[0].Allowed {
		return eyeshot.ErrForbidden
	}
	return nil
}
