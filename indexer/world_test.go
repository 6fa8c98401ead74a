package indexer_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/state"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// errStopped is what a world answers from the moment at which it was told to
// stop: as if the process had been killed there.
var errStopped = fmt.Errorf("%w: killed by the test", eyeshot.ErrUnavailable)

// world is everything that an Indexer changes, small enough to look at after
// every single step: relationships, content, and the real state file. It counts
// steps, and stops for good after the one that it is told to.
type world struct {
	t      testing.TB
	mu     sync.Mutex
	tenant string

	tuples  map[eyeshot.RelationshipKey]eyeshot.Relationship
	content map[eyeshot.Object]store.Record
	model   store.EmbeddingModel
	state   *state.DB
	schema  *authz.Model

	embedder *fakeEmbedder
	observe  func(step string) // after every step
	steps    int
	stopAt   int // 0: never
	log      []string
	refuse   func(eyeshot.Relationship) bool // what OpenFGA alone knows to be wrong
	reject   func(store.Record) bool         // what the store alone knows to be wrong
}

func newWorld(t testing.TB) *world { return newWorldOn(t, openState(t), "acme") }

func openState(t testing.TB) *state.DB {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// newWorldOn makes a world of a tenant's own on a state file that others use too.
func newWorldOn(t testing.TB, db *state.DB, tenant string) *world {
	return &world{
		t: t, tenant: tenant, state: db, schema: schema(), embedder: &fakeEmbedder{name: "fake-1"},
		tuples: map[eyeshot.RelationshipKey]eyeshot.Relationship{}, content: map[eyeshot.Object]store.Record{},
	}
}

// schema is a small model: projects with viewers, tickets that one reads as a
// viewer or through their project.
func schema() *authz.Model {
	users := []authz.Restriction{{Type: "user"}, {Type: "user", Wildcard: true}, {Type: "user", Condition: "unexpired"}}
	direct := func(restrictions ...authz.Restriction) *authz.Relation {
		return &authz.Relation{Rewrite: authz.This{}, Direct: restrictions}
	}
	relations := map[string]*authz.Relation{
		"project": direct(authz.Restriction{Type: "project"}), "viewer": direct(users...), "blocked": direct(users...),
		"delegated_read": direct(users...), "can_read": {Rewrite: authz.Union{Children: []authz.Rewrite{
			authz.Computed{Relation: "viewer"}, authz.TupleToUserset{Tupleset: "project", Computed: "viewer"}}}},
	}
	model := &authz.Model{
		ID: "m", Conditions: map[string]*authz.Condition{"unexpired": {Name: "unexpired", Parameters: map[string]string{"expires_at": "timestamp"}}},
		Types: map[string]*authz.Type{
			"user": {Name: "user"}, "project": {Name: "project", Relations: map[string]*authz.Relation{"viewer": direct(users...)}},
			"ticket": {Name: "ticket", Relations: relations},
		},
	}
	for _, typ := range model.Types {
		for name, relation := range typ.Relations {
			relation.Name = name
		}
	}
	return model
}

func (w *world) indexer() *indexer.Indexer {
	w.t.Helper()
	ix, err := indexer.New(indexer.Config{
		Tenants:  func(context.Context, string) (indexer.Tenant, error) { return fakeTenant{w}, nil },
		Store:    fakeStore{w},
		Embedder: w.embedder,
		State:    steppedState{w.state, w},

		LotDocuments: 2, EmbedBatch: 2, Parallel: 2, MaxProblems: 5,
	})
	require.NoError(w.t, err)
	return ix
}

// step does one thing, unless the world has stopped, and shows the outcome.
func (w *world) step(name string, do func()) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopAt > 0 && w.steps >= w.stopAt {
		return errStopped
	}
	w.steps++
	do()
	w.log = append(w.log, name)
	if w.observe != nil {
		w.observe(name)
	}
	return nil
}

// readers returns who can read an object now: users on viewer, directly or on
// one of its projects.
func (w *world) readers(object eyeshot.Object) map[string]bool {
	out := map[string]bool{}
	for key := range w.tuples {
		if key.Object != object {
			continue
		}
		switch key.Relation {
		case "viewer":
			out[string(key.Subject)] = true
		case "project":
			for other := range w.tuples {
				if other.Object == eyeshot.Object(key.Subject) && other.Relation == "viewer" {
					out[string(other.Subject)] = true
				}
			}
		}
	}
	return out
}

// visible lists "user reads object: text" for all that can be read now.
func (w *world) visible() []string {
	var out []string
	for object, record := range w.content {
		for user := range w.readers(object) {
			out = append(out, sees(user, object, textOf(record)))
		}
	}
	slices.Sort(out)
	return out
}

func sees(user string, object eyeshot.Object, text string) string {
	return fmt.Sprintf("%s reads %s: %s", user, object, text)
}

func textOf(record store.Record) string {
	if len(record.Chunks) == 0 {
		return ""
	}
	return record.Chunks[0].Text
}

// relationships lists all tuples.
func (w *world) relationships() []string {
	out := []string{}
	for _, r := range w.tuples {
		text := r.String()
		if r.Condition != nil {
			text += fmt.Sprint(" if ", r.Condition.Name, r.Condition.Context)
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

type fakeTenant struct{ w *world }

func (f fakeTenant) Model(context.Context) (*authz.Model, error) { return f.w.schema, nil }

// Write takes one relationship a step, deletions first, as OpenFGA may stop
// between any two lots. What is invalid is found on the way and not before.
func (f fakeTenant) Write(_ context.Context, writes, deletes []eyeshot.Relationship) error {
	for _, r := range deletes {
		if err := f.w.step("remove "+r.String(), func() { delete(f.w.tuples, r.Key()) }); err != nil {
			return err
		}
	}
	for _, r := range writes {
		if f.w.refuse != nil && f.w.refuse(r) {
			return fmt.Errorf("%w: OpenFGA does not take %s", eyeshot.ErrInvalid, r)
		}
		if err := f.w.step("add "+r.String(), func() { f.w.tuples[r.Key()] = r }); err != nil {
			return err
		}
	}
	return nil
}

type fakeStore struct{ w *world }

func (f fakeStore) Prepare(_ context.Context, _ string, model store.EmbeddingModel) error {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	if f.w.model != (store.EmbeddingModel{}) && f.w.model != model {
		return fmt.Errorf("%w: made with %s", eyeshot.ErrConflict, f.w.model.Name)
	}
	f.w.model = model
	return nil
}

func (f fakeStore) Upsert(_ context.Context, _ string, records []store.Record) error {
	names := []string{}
	for _, r := range records {
		if f.w.reject != nil && f.w.reject(r) {
			return fmt.Errorf("%w: the store does not take %s", eyeshot.ErrInvalid, r.Object)
		}
		names = append(names, r.Object.Local())
	}
	return f.w.step("store "+strings.Join(names, " "), func() {
		for _, r := range records {
			f.w.content[r.Object] = r
		}
	})
}

func (f fakeStore) Delete(_ context.Context, _ string, objects []eyeshot.Object) error {
	names := []string{}
	for _, o := range objects {
		names = append(names, o.Local())
	}
	return f.w.step("take out "+strings.Join(names, " "), func() {
		for _, o := range objects {
			delete(f.w.content, o)
		}
	})
}

func (f fakeStore) DropIndex(context.Context, string) error {
	return f.w.step("drop", func() { clear(f.w.content); f.w.model = store.EmbeddingModel{} })
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

// steppedState is the real state file, of which every change is a step.
type steppedState struct {
	*state.DB
	w *world
}

func (s steppedState) Mark(ctx context.Context, tenant, source string, r []eyeshot.Relationship) error {
	return s.stepped("mark", func() error { return s.DB.Mark(ctx, tenant, source, r) })
}

func (s steppedState) Settle(ctx context.Context, tenant, source string, written, removed []eyeshot.Relationship) error {
	return s.stepped("settle", func() error { return s.DB.Settle(ctx, tenant, source, written, removed) })
}

func (s steppedState) SaveCheckpoint(ctx context.Context, tenant, source, value string) error {
	return s.stepped("checkpoint", func() error { return s.DB.SaveCheckpoint(ctx, tenant, source, value) })
}

func (s steppedState) stepped(name string, do func() error) error {
	var failed error
	if err := s.w.step(name, func() { failed = do() }); err != nil {
		return err
	}
	return failed
}

type fakeEmbedder struct {
	name  string
	mu    sync.Mutex
	texts []string
	fail  error
}

func (f *fakeEmbedder) Name() string   { return f.name }
func (f *fakeEmbedder) Dimension() int { return 1 }

func (f *fakeEmbedder) Embed(_ context.Context, texts []string) ([][]float32, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return nil, f.fail
	}
	f.texts = append(f.texts, texts...)
	out := make([][]float32, len(texts))
	for i := range out {
		out[i] = []float32{1}
	}
	return out, nil
}

// embedded returns what was embedded since it was last asked.
func (w *world) embedded() []string {
	w.embedder.mu.Lock()
	defer w.embedder.mu.Unlock()
	out := w.embedder.texts
	w.embedder.texts = nil
	slices.Sort(out)
	return out
}

// doc builds a ticket of the source "s": doc("1", "text", "viewer user:a").
func doc(id, text string, relationships ...string) eyeshot.Document {
	d := eyeshot.Document{Object: eyeshot.Object("ticket:s/" + id), Title: id, Text: text}
	for _, r := range relationships {
		d.Relationships = append(d.Relationships, rel(d.Object, r))
	}
	return d
}

func rel(object eyeshot.Object, relation string) eyeshot.Relationship {
	name, subject, _ := strings.Cut(relation, " ")
	return eyeshot.Relationship{Subject: eyeshot.Subject(subject), Relation: name, Object: object}
}

func (w *world) upsert(docs ...eyeshot.Document) indexer.Report {
	w.t.Helper()
	report, err := w.indexer().Upsert(w.t.Context(), w.tenant, "s", docs)
	require.NoError(w.t, err)
	return report
}
