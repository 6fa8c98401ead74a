package redmine_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
	"github.com/eyeshot-dev/eyeshot/internal/state"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded"
	"github.com/eyeshot-dev/eyeshot/internal/tenants"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stack is Eyeshot as it is in the product: OpenFGA in the process with its
// permission index, the embedded store, the built-in embedder, the sync engine.
type stack struct {
	tenant    *tenants.Tenant
	syncer    *sync.Syncer
	retriever *retriever.Retriever
	source    sync.Source
}

type findTenant struct{ registry *tenants.Registry }

func (f findTenant) Tenant(ctx context.Context, name string) (retriever.Tenant, error) {
	tenant, err := f.registry.Tenant(ctx, name)
	if err != nil {
		return nil, err
	}
	return tenant, nil
}

func newStack(t testing.TB, connector connectors.Connector) *stack {
	t.Helper()
	dir := t.TempDir()
	db, err := state.Open(t.Context(), filepath.Join(dir, "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	encoded, err := model.JSON(model.DSL())
	require.NoError(t, err)
	policy := filters.DefaultPolicy()
	registry := tenants.NewRegistry(tenants.Config{Client: authztest.New(t), State: db, Model: encoded, DocumentTypes: policy.Types(), PollInterval: time.Hour})
	t.Cleanup(func() { _ = registry.Close() })
	tenant, err := registry.Create(t.Context(), "acme")
	require.NoError(t, err)
	driver, err := embedded.Open(t.Context(), embedded.Config{Dir: dir})
	require.NoError(t, err)
	content := store.NewService(driver, nil)
	t.Cleanup(func() { _ = content.Close() })
	embedder, err := static.BuiltIn()
	require.NoError(t, err)
	ix, err := indexer.New(indexer.Config{Tenants: func(context.Context, string) (indexer.Tenant, error) { return tenant, nil }, Store: content, Embedder: embedder, State: db, Parallel: 1})
	require.NoError(t, err)
	s := &stack{tenant: tenant, source: sync.Source{Tenant: "acme", Name: "redmine", Connector: connector, Guard: sync.GuardPolicy{Off: true}}}
	s.syncer, err = sync.New(sync.Config{Indexer: ix, State: db, Read: map[string]string{"ticket": "can_read", "comment": "can_read", "document": "can_read"},
		Model: func(ctx context.Context, _ string) (*authz.Model, error) { return tenant.Model(ctx) }})
	require.NoError(t, err)
	gate, err := filters.NewGate(policy, nil)
	require.NoError(t, err)
	s.retriever, err = retriever.New(retriever.Config{Tenants: findTenant{registry}, Policy: policy, Gate: gate, Searcher: content, Content: filters.NewContent(content), Embedder: embedder})
	require.NoError(t, err)
	return s
}

func (s *stack) sync(t testing.TB, mode sync.Mode) sync.Report {
	t.Helper()
	report, err := s.syncer.Run(t.Context(), s.source, mode, nil)
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	return report
}

// allows asks OpenFGA which of the objects each user may read.
func (s *stack) allows(t testing.TB, logins []string, objects []eyeshot.Object) map[string]sight {
	t.Helper()
	out := map[string]sight{}
	for _, login := range logins {
		out[login] = sight{}
		for lot := range slices.Chunk(objects, 25) {
			checks := make([]authz.Check, len(lot))
			for i, o := range lot {
				checks[i] = authz.Check{Subject: eyeshot.Subject("user:" + login), Relation: "can_read", Object: o}
			}
			verdicts := s.ask(t, checks)
			for i, v := range verdicts {
				if v.Allowed {
					out[login][lot[i]] = true
				}
			}
		}
	}
	return out
}

// ask makes checks. A machine that is busy with other tests may take too long
// for one: then it is asked again.
func (s *stack) ask(t testing.TB, checks []authz.Check) []authz.Verdict {
	t.Helper()
	var err error
	for range 20 {
		var verdicts []authz.Verdict
		verdicts, err = s.tenant.BatchCheck(t.Context(), checks, authz.CheckContext{"current_time": time.Now().UTC().Format(time.RFC3339)})
		failed := slices.IndexFunc(verdicts, func(v authz.Verdict) bool { return v.Err != nil })
		if err == nil && failed < 0 {
			return verdicts
		}
		if err == nil {
			err = verdicts[failed].Err
		}
	}
	require.NoError(t, err)
	return nil
}
