package jira_test

import (
	"context"
	"path/filepath"
	"slices"
	stdsync "sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
	"github.com/eyeshot-dev/eyeshot/internal/state"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// stack is Eyeshot as far as permissions go: a real OpenFGA server, the state
// file, the indexer and its syncs. Content is in memory.
type stack struct {
	t      testing.TB
	syncer *sync.Syncer
	fga    *authz.Store
	store  *contents
	public bool
}

func openStack(t testing.TB) *stack {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	// A busy machine answers late; that is no failure of what is tested here.
	client, err := authz.NewClient(authz.Config{Transport: authztest.Transport(t), Timeout: 5 * time.Minute, ParallelBatches: 2})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	s := &stack{t: t, fga: authztest.NewStoreOn(t, client, ""), store: &contents{records: map[eyeshot.Object]store.Record{}}, public: true}
	ix, err := indexer.New(indexer.Config{
		Tenants: func(context.Context, string) (indexer.Tenant, error) { return tenant{s.fga}, nil },
		Store:   s.store, Embedder: flat{}, State: db, Parallel: 1,
	})
	require.NoError(t, err)
	s.syncer, err = sync.New(sync.Config{Indexer: ix, State: db,
		Model: func(ctx context.Context, _ string) (*authz.Model, error) { return tenant{s.fga}.Model(ctx) },
		Read:  map[string]string{"ticket": "can_read", "comment": "can_read", "document": "can_read"}})
	require.NoError(t, err)
	return s
}

// try syncs once.
func (s *stack) try(c connectors.Connector, mode sync.Mode) (sync.Report, error) {
	source := sync.Source{Tenant: "acme", Name: "jira", Connector: c, Public: s.public, Guard: sync.GuardPolicy{Off: true}}
	return s.syncer.Run(s.t.Context(), source, mode, nil)
}

func (s *stack) sync(c connectors.Connector, mode sync.Mode) sync.Report {
	s.t.Helper()
	report, err := s.try(c, mode)
	require.NoError(s.t, err)
	return report
}

// indexed lists the documents that are there.
func (s *stack) indexed() []eyeshot.Object {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	var out []eyeshot.Object
	for object := range s.store.records {
		out = append(out, object)
	}
	slices.Sort(out)
	return out
}

// readable asks OpenFGA for all that a subject may read.
func (s *stack) readable(subject eyeshot.Subject) map[eyeshot.Object]bool {
	s.t.Helper()
	out := map[eyeshot.Object]bool{}
	for _, typ := range []string{"ticket", "comment"} {
		for object, err := range s.fga.StreamObjects(s.t.Context(), subject, "can_read", typ, nil) {
			require.NoError(s.t, err)
			out[object] = true
		}
	}
	return out
}

// checked asks OpenFGA about each document by itself.
func (s *stack) checked(subject eyeshot.Subject, objects []eyeshot.Object) map[eyeshot.Object]bool {
	s.t.Helper()
	checks := make([]authz.Check, len(objects))
	for i, object := range objects {
		checks[i] = authz.Check{Subject: subject, Relation: "can_read", Object: object}
	}
	verdicts, err := s.fga.BatchCheck(s.t.Context(), checks, nil)
	require.NoError(s.t, err)
	out := map[eyeshot.Object]bool{}
	for i, verdict := range verdicts {
		require.NoError(s.t, verdict.Err)
		if verdict.Allowed {
			out[objects[i]] = true
		}
	}
	return out
}

type tenant struct{ store *authz.Store }

func (t tenant) Write(ctx context.Context, writes, deletes []eyeshot.Relationship) error {
	return t.store.Write(ctx, writes, deletes)
}

func (t tenant) Model(ctx context.Context) (*authz.Model, error) {
	return t.store.Model(ctx, t.store.ModelID())
}

// contents is a store in memory.
type contents struct {
	mu      stdsync.Mutex
	records map[eyeshot.Object]store.Record
}

func (c *contents) Prepare(context.Context, string, store.EmbeddingModel) error { return nil }
func (c *contents) DropIndex(context.Context, string) error                     { return nil }

func (c *contents) Upsert(_ context.Context, _ string, records []store.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range records {
		c.records[r.Object] = r
	}
	return nil
}

func (c *contents) Delete(_ context.Context, _ string, objects []eyeshot.Object) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, object := range objects {
		delete(c.records, object)
	}
	return nil
}

func (c *contents) Hashes(_ context.Context, _ string, objects []eyeshot.Object) (map[eyeshot.Object]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[eyeshot.Object]string{}
	for _, object := range objects {
		if record, there := c.records[object]; there {
			out[object] = record.Hash
		}
	}
	return out, nil
}

// flat embeds everything as the same.
type flat struct{}

func (flat) Name() string   { return "flat" }
func (flat) Dimension() int { return 1 }

func (flat) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i := range out {
		out[i] = []float32{1}
	}
	return out, nil
}
