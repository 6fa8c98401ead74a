// Package stores_test runs the whole product on each kind of store, one after
// the other on the same data, as somebody does who moves.
package stores_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/pgtest"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant/fakeqdrant"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// house is a data directory with the stores that a product on it may use.
type house struct {
	*testing.T
	dir       string
	configure func(*config.Config)
}

func newHouse(t *testing.T) *house {
	qdrant, err := fakeqdrant.Start(fakeqdrant.Options{})
	require.NoError(t, err)
	t.Cleanup(qdrant.Stop)
	h := &house{T: t, dir: t.TempDir()}
	dsn := pgtest.DSN(t)
	h.configure = func(cfg *config.Config) {
		t.Setenv(cfg.Store.Pgvector.DSNEnv, dsn)
		cfg.Store.Qdrant.Address = qdrant.Address()
	}
	return h
}

// open runs the product on a kind of store and returns its first tenant.
func (h *house) open(kind string) *apptest.Tenant {
	h.Helper()
	product, err := apptest.Start(h.Context(), h.dir, apptest.Settings{Configure: func(cfg *config.Config) {
		h.configure(cfg)
		cfg.Store.Kind = kind
	}})
	require.NoError(h, err, kind)
	tenant := product.NewTenant(h, "group:eng#member@user:alice", "project:jira/PAY#viewer@group:eng#member")
	tenant.Grant("tenant:" + tenant.Name + "#auditor@user:alice")
	return tenant
}

func (h *house) migrate(from, to string) {
	h.Helper()
	cfg := config.Default()
	cfg.DataDir = h.dir
	h.configure(&cfg)
	reports, err := app.Migrate(h.Context(), cfg, app.Migration{From: from, To: to})
	require.NoError(h, err)
	require.Len(h, reports, 1)
	require.Equal(h, 40, reports[0].Documents)
	require.Equal(h, 40, reports[0].Copied)
	require.Positive(h, reports[0].Compared)
}

func ingest(tenant *apptest.Tenant) {
	words := []string{"refund", "ledger", "webhook", "payout", "invoice"}
	for i := range 40 {
		doc := apptest.Doc{
			"id": fmt.Sprintf("PAY-%d", i), "type": "ticket", "title": "Refund " + words[i%5], "text": fmt.Sprintf("The %s of customer %d and a %s.", words[i%5], i, words[i*3%5]),
			"relationships": []map[string]string{{"user": "project:jira/PAY", "relation": "project"}, {"user": "user:*", "relation": "open"}},
			"metadata":      map[string]any{"n": i},
		}
		if i%4 == 3 {
			doc["relationships"] = []map[string]string{{"user": "user:bob", "relation": "viewer"}}
		}
		tenant.Ingest("jira", doc)
	}
}

func found(tenant *apptest.Tenant, who, mode string) []eyeshot.Object {
	answer := tenant.As(who).Post("/v1/search", map[string]any{"query": "refund of the ledger", "mode": mode, "limit": 40})
	var got httpapi.SearchResponse
	answer.Decode(&got)
	var objects []eyeshot.Object
	for _, result := range got.Results {
		objects = append(objects, result.Object)
	}
	return objects
}

// The same question has the same answer on every store, and what is revoked is
// gone on each.
func TestATenantMovesFromStoreToStore(t *testing.T) {
	h := newHouse(t)
	tenant := h.open("embedded")
	ingest(tenant)
	want := map[string][]eyeshot.Object{}
	for _, who := range []string{"alice", "bob", "carol"} {
		want[who] = found(tenant, who, "semantic")
	}
	require.Len(t, want["alice"], 30)
	require.Len(t, want["bob"], 10)
	require.Empty(t, want["carol"])
	keywords := found(tenant, "alice", "keyword")
	require.NoError(t, tenant.Product.Close())

	at := "embedded"
	for _, kind := range []string{"pgvector", "qdrant", "embedded"} {
		if kind == "embedded" { // what it held is gone
			for _, suffix := range []string{"", "-wal", "-shm"} {
				require.NoError(t, os.RemoveAll(filepath.Join(h.dir, "index.db"+suffix)))
			}
		}
		h.migrate(at, kind)
		at = kind
		tenant := h.open(kind)
		for who, objects := range want {
			require.Equal(t, objects, found(tenant, who, "semantic"), "%s on %s", who, kind)
		}
		require.ElementsMatch(t, keywords, found(tenant, "alice", "keyword"), "keywords on %s", kind)
		liveOn(t, tenant, kind)
		require.NoError(t, tenant.Product.Close())
	}
}

// liveOn changes permissions and content, and puts all back.
func liveOn(t *testing.T, tenant *apptest.Tenant, kind string) {
	t.Helper()
	tenant.Grant("ticket:jira/PAY-3#viewer@user:carol")
	require.Equal(t, []eyeshot.Object{"ticket:jira/PAY-3"}, found(tenant, "carol", "semantic"), kind)
	tenant.Revoke("ticket:jira/PAY-3#viewer@user:carol")
	require.Empty(t, found(tenant, "carol", "hybrid"), kind)
	tenant.Revoke("group:eng#member@user:alice")
	require.Empty(t, found(tenant, "alice", "hybrid"), kind)
	tenant.Grant("group:eng#member@user:alice")
	tenant.Ingest("jira", apptest.Ticket("NEW-1", "A ledger of its own", "refund", "user:carol"))
	require.Equal(t, []eyeshot.Object{"ticket:jira/NEW-1"}, found(tenant, "carol", "hybrid"), kind)
	require.Equal(t, http.StatusNoContent, tenant.As("ingester").Do(http.MethodDelete, "/v1/documents/ticket:jira/NEW-1?source=jira", nil).Status)
	require.Empty(t, found(tenant, "carol", "hybrid"), kind)
}
