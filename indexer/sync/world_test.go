package sync_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	stdsync "sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
	"github.com/eyeshot-dev/eyeshot/internal/state"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errKilled = fmt.Errorf("%w: killed by the test", eyeshot.ErrUnavailable)

// world is a scripted source, the real state file, and relationships and content
// in memory. Everything that changes one of the three is a step; behind the step
// that it is told, nothing happens any more, as if the process had been killed.
type world struct {
	t      testing.TB
	tenant string
	source *connectortest.Source
	state  *state.DB
	model  *authz.Model
	now    time.Time

	mu       stdsync.Mutex
	tuples   map[eyeshot.RelationshipKey]eyeshot.Relationship
	content  map[eyeshot.Object]store.Record
	embedded int
	steps    int
	killAt   int // 0: never
	public   bool
	guard    sync.GuardPolicy
}

func openState(t testing.TB) *state.DB {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func shipped(t testing.TB) *authz.Model {
	t.Helper()
	encoded, err := model.JSON(model.DSL())
	require.NoError(t, err)
	parsed, err := authz.ParseModel(encoded)
	require.NoError(t, err)
	return parsed
}

func newWorld(t testing.TB) *world { return newWorldOn(t, openState(t), shipped(t), "acme") }

func newWorldOn(t testing.TB, db *state.DB, m *authz.Model, tenant string) *world {
	return &world{
		t: t, tenant: tenant, source: connectortest.NewSource("s"), state: db, model: m,
		now:    time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC),
		tuples: map[eyeshot.RelationshipKey]eyeshot.Relationship{}, content: map[eyeshot.Object]store.Record{},
	}
}

// syncer is what a new process would build.
func (w *world) syncer() *sync.Syncer {
	w.t.Helper()
	stepped := steppedState{w.state, w}
	ix, err := indexer.New(indexer.Config{
		Tenants: func(context.Context, string) (indexer.Tenant, error) { return fakeTenant{w}, nil },
		Store:   fakeStore{w}, Embedder: fakeEmbedder{w}, State: stepped,
		LotDocuments: 3, EmbedBatch: 2, Parallel: 2,
	})
	require.NoError(w.t, err)
	s, err := sync.New(sync.Config{
		Indexer: ix, State: stepped, Model: func(context.Context, string) (*authz.Model, error) { return w.model, nil },
		Read: map[string]string{"ticket": "can_read", "comment": "can_read", "document": "can_read"}, Now: func() time.Time { return w.now },
	})
	require.NoError(w.t, err)
	return s
}

func (w *world) try(mode sync.Mode) (sync.Report, error) {
	return w.syncer().Run(w.t.Context(), sync.Source{Tenant: w.tenant, Name: "s", Connector: w.source.Connector(), Public: w.public, Guard: w.guard}, mode, nil)
}

func (w *world) run(mode sync.Mode) sync.Report {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	report, err := w.try(mode)
	require.NoError(w.t, err)
	return report
}

func (w *world) step(do func()) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.killAt > 0 && w.steps >= w.killAt {
		return errKilled
	}
	w.steps++
	do()
	return nil
}

// relationships lists all tuples.
func (w *world) relationships() []string {
	out := []string{}
	for _, r := range w.tuples {
		out = append(out, r.String())
	}
	slices.Sort(out)
	return out
}

// texts lists what is stored.
func (w *world) texts() []string {
	out := []string{}
	for object, record := range w.content {
		out = append(out, fmt.Sprint(object.Local(), ": ", record.Chunks[0].Text, " ", record.Hash))
	}
	slices.Sort(out)
	return out
}

func (w *world) checkpoint(name string) string {
	w.t.Helper()
	value, err := w.state.Checkpoint(w.t.Context(), w.tenant, name)
	require.NoError(w.t, err)
	return value
}

// told are the relationships that the source tells, as they would be listed.
func (w *world) told() []string {
	out := []string{}
	for _, d := range w.source.Documents() {
		for _, r := range d.Relationships {
			out = append(out, r.String())
		}
	}
	for _, r := range w.source.Access() {
		out = append(out, r.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

type fakeTenant struct{ w *world }

func (f fakeTenant) Model(context.Context) (*authz.Model, error) { return f.w.model, nil }

func (f fakeTenant) Write(_ context.Context, writes, deletes []eyeshot.Relationship) error {
	for _, r := range deletes {
		if err := f.w.step(func() { delete(f.w.tuples, r.Key()) }); err != nil {
			return err
		}
	}
	for _, r := range writes {
		if err := f.w.step(func() { f.w.tuples[r.Key()] = r }); err != nil {
			return err
		}
	}
	return nil
}

type fakeStore struct{ w *world }

func (f fakeStore) Prepare(context.Context, string, store.EmbeddingModel) error { return nil }

func (f fakeStore) Upsert(_ context.Context, _ string, records []store.Record) error {
	return f.w.step(func() {
		for _, r := range records {
			f.w.content[r.Object] = r
		}
	})
}

func (f fakeStore) Delete(_ context.Context, _ string, objects []eyeshot.Object) error {
	return f.w.step(func() {
		for _, o := range objects {
			delete(f.w.content, o)
		}
	})
}

func (f fakeStore) DropIndex(context.Context, string) error {
	return f.w.step(func() { clear(f.w.content) })
}

func (f fakeStore) Hashes(_ context.Context, _ string, objects []eyeshot.Object) (map[eyeshot.Object]string, error) {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	out := map[eyeshot.Object]string{}
	for _, o := range objects {
		if record, ok := f.w.content[o]; ok {
			out[o] = record.Hash
		}
	}
	return out, nil
}

type fakeEmbedder struct{ w *world }

func (fakeEmbedder) Name() string   { return "fake" }
func (fakeEmbedder) Dimension() int { return 1 }

func (f fakeEmbedder) Embed(_ context.Context, texts []string) ([][]float32, error) {
	f.w.mu.Lock()
	f.w.embedded += len(texts)
	f.w.mu.Unlock()
	out := make([][]float32, len(texts))
	for i := range out {
		out[i] = []float32{1}
	}
	return out, nil
}

// steppedState is the real state file, of which every change is a step.
type steppedState struct {
	*state.DB
	w *world
}

func (s steppedState) stepped(do func() error) error {
	var failed error
	if err := s.w.step(func() { failed = do() }); err != nil {
		return err
	}
	return failed
}

func (s steppedState) Mark(ctx context.Context, tenant, source string, r []eyeshot.Relationship) error {
	return s.stepped(func() error { return s.DB.Mark(ctx, tenant, source, r) })
}

func (s steppedState) Settle(ctx context.Context, tenant, source string, written, removed []eyeshot.Relationship) error {
	return s.stepped(func() error { return s.DB.Settle(ctx, tenant, source, written, removed) })
}

func (s steppedState) SaveCheckpoint(ctx context.Context, tenant, source, value string) error {
	return s.stepped(func() error { return s.DB.SaveCheckpoint(ctx, tenant, source, value) })
}

func (s steppedState) Stage(ctx context.Context, tenant, source string, r []eyeshot.Relationship) error {
	return s.stepped(func() error { return s.DB.Stage(ctx, tenant, source, r) })
}

func (s steppedState) Unstage(ctx context.Context, tenant, source string, r []eyeshot.Relationship) error {
	return s.stepped(func() error { return s.DB.Unstage(ctx, tenant, source, r) })
}

func (s steppedState) See(ctx context.Context, tenant, reading string, objects []eyeshot.Object) error {
	return s.stepped(func() error { return s.DB.See(ctx, tenant, reading, objects) })
}

func (s steppedState) Unsee(ctx context.Context, tenant, reading string) error {
	return s.stepped(func() error { return s.DB.Unsee(ctx, tenant, reading) })
}

func (s steppedState) UnseeSome(ctx context.Context, tenant, reading string, objects []eyeshot.Object) error {
	return s.stepped(func() error { return s.DB.UnseeSome(ctx, tenant, reading, objects) })
}

func (s steppedState) Hold(ctx context.Context, tenant, source string, h state.Held) error {
	return s.stepped(func() error { return s.DB.Hold(ctx, tenant, source, h) })
}

func (s steppedState) Release(ctx context.Context, tenant, source string, objects []eyeshot.Object) error {
	return s.stepped(func() error { return s.DB.Release(ctx, tenant, source, objects) })
}

// lost are the documents on record as not indexed because of their permissions.
func (w *world) lost() []eyeshot.Object {
	w.t.Helper()
	objects, err := w.state.Seen(w.t.Context(), w.tenant, "s/lost")
	require.NoError(w.t, err)
	return objects
}
