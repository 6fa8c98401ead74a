package corpus

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
	"github.com/eyeshot-dev/eyeshot/internal/authz/fgaserver"
)

const demoTenant, otherTenant = "northquay", "bramblebox"

func loaded(t testing.TB) *Corpus {
	t.Helper()
	corpus, err := Load()
	require.NoError(t, err)
	return corpus
}

func ofType(tenant *Tenant, typ string) []eyeshot.Document {
	var out []eyeshot.Document
	for _, document := range tenant.Documents {
		if document.Object.Type() == typ {
			out = append(out, document)
		}
	}
	return out
}

// everything returns all relationships of a tenant: access, documents,
// delegations.
func everything(tenant *Tenant) []eyeshot.Relationship {
	out := append([]eyeshot.Relationship(nil), tenant.Relationships...)
	for _, document := range tenant.Documents {
		out = append(out, document.Relationships...)
	}
	for _, delegation := range tenant.Delegations {
		out = append(out, delegation.Relationships()...)
	}
	return out
}

// world is a tenant in a real OpenFGA store with the model that ships. That
// every relationship could be written says that the model allows it.
type world struct {
	tenant *Tenant
	store  *authz.Store
}

func newWorld(t testing.TB, client *authz.Client, tenant *Tenant) world {
	t.Helper()
	store := authztest.NewStoreOn(t, client, "")
	require.NoError(t, store.Write(t.Context(), everything(tenant), nil))
	return world{tenant, store}
}

// worlds returns every tenant of the corpus in a store of its own, on the
// embedded server.
func worlds(t testing.TB, corpus *Corpus) map[string]world {
	t.Helper()
	server, err := fgaserver.Open(t.Context(), fgaserver.Config{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close(context.Background())) })
	client, err := authz.NewClient(authz.Config{Transport: server.Transport(), Timeout: 5 * time.Minute, ListDeadline: -1})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	out := map[string]world{}
	for i := range corpus.Tenants {
		out[corpus.Tenants[i].Name] = newWorld(t, client, &corpus.Tenants[i])
	}
	return out
}

// readable returns the documents that a principal may read: its subject may,
// and where there is an actor, it was delegated as well.
func (w world) readable(t testing.TB, p eyeshot.Principal) map[eyeshot.Object]bool {
	t.Helper()
	out := w.listed(t, eyeshot.Subject(p.Subject), "can_read")
	if p.Actor == "" {
		return out
	}
	delegated := w.listed(t, eyeshot.Subject(p.Delegation()), "delegated_read")
	maps.DeleteFunc(out, func(object eyeshot.Object, _ bool) bool { return !delegated[object] })
	return out
}

func (w world) listed(t testing.TB, subject eyeshot.Subject, relation string) map[eyeshot.Object]bool {
	t.Helper()
	out := map[eyeshot.Object]bool{}
	for _, typ := range []string{"ticket", "comment", "document"} {
		for object, err := range w.store.StreamObjects(t.Context(), subject, relation, typ, today()) {
			require.NoError(t, err)
			out[object] = true
		}
	}
	return out
}

// mayRead is readable for a single document, by checks.
func (w world) mayRead(t testing.TB, p eyeshot.Principal, object eyeshot.Object) bool {
	t.Helper()
	checks := []authz.Check{{Subject: eyeshot.Subject(p.Subject), Relation: "can_read", Object: object}}
	if p.Actor != "" {
		checks = append(checks, authz.Check{Subject: eyeshot.Subject(p.Delegation()), Relation: "delegated_read", Object: object})
	}
	verdicts, err := w.store.BatchCheck(t.Context(), checks, today())
	require.NoError(t, err)
	for _, verdict := range verdicts {
		require.NoError(t, verdict.Err)
	}
	return !slices.ContainsFunc(verdicts, func(v authz.Verdict) bool { return !v.Allowed })
}

func today() authz.CheckContext {
	return authz.CheckContext{"current_time": "2026-10-01T00:00:00Z"}
}
