package app

import (
	"context"

	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/tenants"
)

// readerStore is the store, where it keeps readers; nil where it does not.
func (a *App) readerStore() authzsync.ReaderStore {
	if !a.Store.Capabilities().Readers {
		return nil
	}
	return a.Store
}

// indexStore is the store as the indexer writes to it.
func (a *App) indexStore() indexer.Store {
	if a.readerStore() == nil {
		return a.Store
	}
	return withReaders{a.Store, a.Tenants}
}

// withReaders puts a document's readers beside it when it is written.
type withReaders struct {
	store.Driver
	tenants *tenants.Registry
}

// Upsert implements [indexer.Store].
func (w withReaders) Upsert(ctx context.Context, name string, records []store.Record) error {
	tenant, err := w.tenants.Tenant(ctx, name)
	if err != nil {
		return err
	}
	return tenant.Keeper().Upsert(ctx, records)
}
