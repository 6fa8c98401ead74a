package tenants_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
	"github.com/eyeshot-dev/eyeshot/internal/state"
	"github.com/eyeshot-dev/eyeshot/internal/tenants"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a state file and an OpenFGA server that registries can be opened on
// one after the other, as restarts would.
type world struct {
	client *authz.Client
	state  *state.DB
}

func newWorld(t *testing.T) world {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return world{client: authztest.New(t), state: db}
}

func (w world) open(t *testing.T, dsl string) *tenants.Registry {
	t.Helper()
	encoded, err := model.JSON(dsl)
	require.NoError(t, err)
	registry := tenants.NewRegistry(tenants.Config{
		Client: w.client, State: w.state, Model: encoded, DocumentTypes: filters.DefaultPolicy().Types(), PollInterval: time.Hour,
	})
	t.Cleanup(func() { require.NoError(t, registry.Close()) })
	return registry
}

func TestATenantThatNobodySetUpDoesNotExist(t *testing.T) {
	registry := newWorld(t).open(t, model.DSL())
	_, err := registry.Tenant(t.Context(), "acme")
	require.ErrorIs(t, err, eyeshot.ErrNotFound)
	_, err = registry.Create(t.Context(), "../acme")
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	names, err := registry.Names(t.Context())
	require.NoError(t, err)
	require.Empty(t, names)
}

func TestManyWhoAskAtOnceGetOneTenantAndOneStore(t *testing.T) {
	w := newWorld(t)
	registry := w.open(t, model.DSL())
	var wait sync.WaitGroup
	got := make([]*tenants.Tenant, 16)
	for i := range got {
		wait.Go(func() {
			tenant, err := registry.Create(t.Context(), "acme")
			require.NoError(t, err)
			got[i] = tenant
		})
	}
	wait.Wait()
	for _, tenant := range got {
		require.Same(t, got[0], tenant)
	}
	stores, err := w.client.FindStores(t.Context(), "eyeshot/acme")
	require.NoError(t, err)
	require.Len(t, stores, 1)
}

func TestATenantIsSetUpWhileOthersAskForIt(t *testing.T) {
	registry := newWorld(t).open(t, model.DSL())
	for i := range 20 {
		name := fmt.Sprintf("acme-%d", i)
		ctx, cancel := context.WithCancel(t.Context())
		var asking sync.WaitGroup
		for range 4 {
			asking.Go(func() {
				for ctx.Err() == nil {
					_, _ = registry.Tenant(ctx, name) // not found, until it is there
				}
			})
		}
		_, err := registry.Create(t.Context(), name)
		cancel()
		asking.Wait()
		require.NoError(t, err)
	}
}

func TestAWriteIsInTheIndexBeforeItReturns(t *testing.T) {
	registry := newWorld(t).open(t, model.DSL())
	tenant, err := registry.Create(t.Context(), "acme")
	require.NoError(t, err)
	reaches := func() uint64 {
		reach, fresh, err := tenant.Reach(t.Context(), 0)
		require.NoError(t, err)
		require.True(t, fresh)
		_, upper := reach.Allowed("user:alice", "can_read", "ticket")
		return upper.GetCardinality()
	}
	share := authztest.Tuples(t, "ticket:a/1#viewer@user:alice")
	require.NoError(t, tenant.Write(t.Context(), share, nil))
	require.EqualValues(t, 1, reaches())
	require.NoError(t, tenant.Write(t.Context(), nil, share))
	require.Zero(t, reaches())
}

func TestAnIndexThatLostItsStoreIsNotFreshWhateverAgeWillDo(t *testing.T) {
	w, server := newWorld(t), &forgetful{real: authztest.Transport(t)}
	client, err := authz.NewClient(authz.Config{Transport: server})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	w.client = client
	tenant, err := w.open(t, model.DSL()).Create(t.Context(), "acme")
	require.NoError(t, err)
	server.gone.Store(true)
	_, fresh, err := tenant.Reach(t.Context(), time.Nanosecond) // looks at OpenFGA
	require.NoError(t, err)
	require.False(t, fresh)
	_, fresh, err = tenant.Reach(t.Context(), 0)
	require.NoError(t, err)
	require.False(t, fresh, "an answer that lacks all that was there is not complete")
	server.gone.Store(false)
	_, fresh, err = tenant.Reach(t.Context(), time.Nanosecond)
	require.NoError(t, err)
	require.True(t, fresh)
}

func TestClosingWaitsForATenantThatIsBeingOpened(t *testing.T) {
	w, server := newWorld(t), &slow{real: authztest.Transport(t), asked: make(chan struct{}), canceled: make(chan struct{}), goOn: make(chan struct{})}
	client, err := authz.NewClient(authz.Config{Transport: server})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	w.client = client
	registry := w.open(t, model.DSL())
	asking := make(chan error)
	go func() { _, err := registry.Create(context.Background(), "acme"); asking <- err }()
	<-server.asked
	closed := make(chan error)
	go func() { closed <- registry.Close() }()
	<-server.canceled
	select {
	case err := <-closed:
		t.Error("a tenant is still being opened", err)
		close(server.goOn)
	case <-time.After(100 * time.Millisecond): // it would have returned long ago
		close(server.goOn)
		require.NoError(t, <-closed)
	}
	require.Error(t, <-asking)
}

// slow is an OpenFGA server that gives its first call up when it is told to.
type slow struct {
	real                  http.RoundTripper
	asked, canceled, goOn chan struct{}
	once                  sync.Once
}

func (s *slow) RoundTrip(r *http.Request) (*http.Response, error) {
	s.once.Do(func() { close(s.asked); <-r.Context().Done(); close(s.canceled); <-s.goOn })
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return s.real.RoundTrip(r)
}

// forgetful is an OpenFGA server that can lose its stores for a while.
type forgetful struct {
	real http.RoundTripper
	gone atomic.Bool
}

func (f *forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	if !f.gone.Load() {
		return f.real.RoundTrip(r)
	}
	answer := httptest.NewRecorder()
	answer.WriteHeader(http.StatusNotFound)
	_, _ = answer.WriteString(`{"code":"store_id_not_found","message":"no such store"}`)
	return answer.Result(), nil
}

func TestWhatATenantHoldsSurvivesARestart(t *testing.T) {
	w := newWorld(t)
	first := w.open(t, model.DSL())
	tenant, err := first.Create(t.Context(), "acme")
	require.NoError(t, err)
	require.NoError(t, tenant.Write(t.Context(), authztest.Tuples(t, "ticket:a/1#viewer@user:alice"), nil))
	require.NoError(t, first.Close())
	tenant, err = w.open(t, model.DSL()).Tenant(t.Context(), "acme")
	require.NoError(t, err)
	reach, _, err := tenant.Reach(t.Context(), 0)
	require.NoError(t, err)
	_, upper := reach.Allowed("user:alice", "can_read", "ticket")
	require.EqualValues(t, 1, upper.GetCardinality())
}

func TestANewModelReplacesTheTenantsOld(t *testing.T) {
	w := newWorld(t)
	old := "model\n  schema 1.1\ntype user\ntype ticket\n  relations\n    define can_read: [user]\n"
	first := w.open(t, old)
	_, err := first.Create(t.Context(), "acme")
	require.NoError(t, err)
	require.NoError(t, first.Close())
	tenant, err := w.open(t, model.DSL()).Tenant(t.Context(), "acme")
	require.NoError(t, err)
	got, err := tenant.Model(t.Context())
	require.NoError(t, err)
	require.Contains(t, got.Types, "delegation")
}

func TestAConditionThatSaysSomethingElseIsANewModel(t *testing.T) {
	w := newWorld(t)
	old := strings.Replace(model.DSL(), "current_time < expires_at", "current_time < expires_at || true", 1)
	require.NotEqual(t, model.DSL(), old)
	first := w.open(t, old)
	before, err := first.Create(t.Context(), "acme")
	require.NoError(t, err)
	require.NoError(t, first.Close())
	second := w.open(t, model.DSL())
	after, err := second.Tenant(t.Context(), "acme")
	require.NoError(t, err)
	require.NotEqual(t, before.Stats().ModelID, after.Stats().ModelID, "what has expired would still be granted")
	require.NoError(t, second.Close())
	again, err := w.open(t, model.DSL()).Tenant(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, after.Stats().ModelID, again.Stats().ModelID, "the same model is not written again")
}

func TestTenantsNeverMeet(t *testing.T) {
	registry := newWorld(t).open(t, model.DSL())
	one, err := registry.Create(t.Context(), "one")
	require.NoError(t, err)
	two, err := registry.Create(t.Context(), "two")
	require.NoError(t, err)
	require.NoError(t, one.Write(t.Context(), authztest.Tuples(t, "ticket:a/1#viewer@user:alice"), nil))
	verdicts, err := two.BatchCheck(t.Context(), []authz.Check{{Subject: "user:alice", Relation: "can_read", Object: "ticket:a/1"}}, nil)
	require.NoError(t, err)
	require.False(t, verdicts[0].Allowed)
	reach, _, err := two.Reach(t.Context(), 0)
	require.NoError(t, err)
	_, upper := reach.Allowed("user:alice", "can_read", "ticket")
	require.Zero(t, upper.GetCardinality())
}

func TestARoleBelongsToThePrincipalItselfInItsOwnTenant(t *testing.T) {
	registry := newWorld(t).open(t, model.DSL())
	tenant, err := registry.Create(t.Context(), "acme")
	require.NoError(t, err)
	require.NoError(t, tenant.Write(t.Context(), authztest.Tuples(t, "tenant:acme#ingester@service_account:importer"), nil))
	importer := eyeshot.Principal{Tenant: "acme", Subject: "service_account:importer"}
	require.NoError(t, tenant.Require(t.Context(), importer, "can_ingest"))
	for name, principal := range map[string]eyeshot.Principal{
		"somebody else":     {Tenant: "acme", Subject: "user:importer"},
		"through an agent":  {Tenant: "acme", Subject: "service_account:importer", Actor: "agent:bot"},
		"in a task":         {Tenant: "acme", Subject: "service_account:importer", Task: "task:1"},
		"of another tenant": {Tenant: "other", Subject: "service_account:importer"},
	} {
		require.ErrorIs(t, tenant.Require(t.Context(), principal, "can_ingest"), eyeshot.ErrForbidden, name)
	}
	require.ErrorIs(t, tenant.Require(t.Context(), importer, "can_audit"), eyeshot.ErrForbidden)
	require.ErrorIs(t, tenant.Require(t.Context(), eyeshot.Principal{}, "can_ingest"), eyeshot.ErrUnauthenticated)
}

func TestAPermissionIndexStartsFromWhatTheLastOneLeft(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	open := func() (*tenants.Registry, *strings.Builder) {
		encoded, err := model.JSON(model.DSL())
		require.NoError(t, err)
		log := &strings.Builder{}
		return tenants.NewRegistry(tenants.Config{
			Client: w.client, State: w.state, Model: encoded, DocumentTypes: filters.DefaultPolicy().Types(), PollInterval: time.Hour,
			SnapshotDir: dir, Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		}), log
	}
	registry, log := open()
	tenant, err := registry.Create(t.Context(), "acme")
	require.NoError(t, err)
	require.NoError(t, tenant.Write(t.Context(), authztest.Tuples(t, "ticket:a/1#viewer@user:alice"), nil))
	require.NoError(t, registry.Close())
	require.Contains(t, log.String(), "read from OpenFGA", "there was none before")

	again, log := open()
	tenant, err = again.Tenant(t.Context(), "acme")
	require.NoError(t, err)
	reach, _, err := tenant.Reach(t.Context(), 0)
	require.NoError(t, err)
	_, upper := reach.Allowed("user:alice", "can_read", "ticket")
	require.Equal(t, uint64(1), upper.GetCardinality())
	require.NoError(t, again.Close())
	require.NotContains(t, log.String(), "read from OpenFGA")

	files, err := filepath.Glob(filepath.Join(dir, "permissions-*.snapshot"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	info, err := os.Stat(files[0])
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it says who may read what")
}
