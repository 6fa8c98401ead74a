package app_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// faultyStore is the product's store with something in front of it that has bad
// days.
type faultyStore struct {
	store.Driver
	mu     sync.Mutex
	before func(ctx context.Context, operation string) error // of each call; nil: nothing
	after  func(passages []store.Passage) []store.Passage
	calls  atomic.Int64 // since the fault was set
}

// withFaultyStore runs a product on one.
func withFaultyStore(t *testing.T, change ...func(*config.Config)) (*faultyStore, *apptest.Product) {
	t.Helper()
	f := &faultyStore{}
	options := app.WithStore(app.Options{}, func(real store.Driver) store.Driver {
		f.Driver = real
		return f
	})
	product := apptest.New(t, apptest.Settings{Options: options, Configure: func(cfg *config.Config) {
		for _, c := range change {
			c(cfg)
		}
	}})
	return f, product
}

// set puts a fault in front of each call; nil heals.
func (f *faultyStore) set(before func(ctx context.Context, operation string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before, f.after = before, nil
	f.calls.Store(0)
}

// failing lets one operation fail.
func failing(name string, err error) func(context.Context, string) error {
	return func(_ context.Context, operation string) error {
		if operation == name {
			return err
		}
		return nil
	}
}

func (f *faultyStore) call(ctx context.Context, operation string) error {
	f.calls.Add(1)
	f.mu.Lock()
	before := f.before
	f.mu.Unlock()
	if before == nil {
		return nil
	}
	return before(ctx, operation)
}

func (f *faultyStore) Prepare(ctx context.Context, tenant string, model store.EmbeddingModel) error {
	if err := f.call(ctx, "prepare"); err != nil {
		return err
	}
	return f.Driver.Prepare(ctx, tenant, model)
}

func (f *faultyStore) Upsert(ctx context.Context, tenant string, records []store.Record) error {
	if err := f.call(ctx, "upsert"); err != nil {
		return err
	}
	return f.Driver.Upsert(ctx, tenant, records)
}

func (f *faultyStore) Delete(ctx context.Context, tenant string, objects []eyeshot.Object) error {
	if err := f.call(ctx, "delete"); err != nil {
		return err
	}
	return f.Driver.Delete(ctx, tenant, objects)
}

func (f *faultyStore) Hashes(ctx context.Context, tenant string, objects []eyeshot.Object) (map[eyeshot.Object]string, error) {
	if err := f.call(ctx, "hashes"); err != nil {
		return nil, err
	}
	return f.Driver.Hashes(ctx, tenant, objects)
}

func (f *faultyStore) Stats(ctx context.Context, tenant string) (store.Stats, error) {
	if err := f.call(ctx, "stats"); err != nil {
		return store.Stats{}, err
	}
	return f.Driver.Stats(ctx, tenant)
}

func (f *faultyStore) Document(ctx context.Context, tenant string, object eyeshot.Object) (store.Record, error) {
	if err := f.call(ctx, "document"); err != nil {
		return store.Record{}, err
	}
	return f.Driver.Document(ctx, tenant, object)
}

func (f *faultyStore) Passages(ctx context.Context, tenant string, refs []eyeshot.ChunkRef) ([]store.Passage, error) {
	if err := f.call(ctx, "passages"); err != nil {
		return nil, err
	}
	passages, err := f.Driver.Passages(ctx, tenant, refs)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.after != nil {
		passages = f.after(passages)
	}
	return passages, err
}

func (f *faultyStore) Search(ctx context.Context, tenant string, query store.Query) (store.Lists, error) {
	if err := f.call(ctx, "search"); err != nil {
		return store.Lists{}, err
	}
	lists, err := f.Driver.Search(ctx, tenant, query)
	if lists.Semantic != nil {
		lists.Semantic = faultyCursor{lists.Semantic, f}
	}
	if lists.Keyword != nil {
		lists.Keyword = faultyCursor{lists.Keyword, f}
	}
	return lists, err
}

type faultyCursor struct {
	store.Cursor
	store *faultyStore
}

func (c faultyCursor) Next(ctx context.Context, n int) ([]store.Hit, error) {
	if err := c.store.call(ctx, "next"); err != nil {
		return nil, err
	}
	return c.Cursor.Next(ctx, n)
}

func (c faultyCursor) Scores(ctx context.Context, refs []eyeshot.ChunkRef) ([]float32, error) {
	if err := c.store.call(ctx, "scores"); err != nil {
		return nil, err
	}
	return c.Cursor.Scores(ctx, refs)
}
