package corpus

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
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

// worlds returns every tenant of the corpus in a store of its own.
func worlds(t testing.TB, corpus *Corpus) map[string]world {
	t.Helper()
	client := authztest.New(t)
	out := map[string]world{}
	for i := range corpus.Tenants {
		out[corpus.Tenants[i].Name] = newWorld(t, client, &corpus.Tenants[i])
	}
	return out
}

// readable returns what a principal may read: its subject and, where it has an
// actor, what was delegated.
func (w world) readable(t testing.TB, p eyeshot.Principal) map[eyeshot.Object]bool {
	t.Helper()
	out := w.allowed(t, eyeshot.Subject(p.Subject), "can_read")
	if p.Actor == "" {
		return out
	}
	delegated := w.allowed(t, eyeshot.Subject(p.Delegation()), "delegated_read")
	for object := range out {
		out[object] = out[object] && delegated[object]
	}
	return out
}

func (w world) allowed(t testing.TB, subject eyeshot.Subject, relation string) map[eyeshot.Object]bool {
	t.Helper()
	var checks []authz.Check
	for _, document := range w.tenant.Documents {
		checks = append(checks, authz.Check{Subject: subject, Relation: relation, Object: document.Object})
	}
	now := authz.CheckContext{"current_time": time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)}
	verdicts, err := w.store.BatchCheck(t.Context(), checks, now)
	require.NoError(t, err)
	out := map[eyeshot.Object]bool{}
	for i, verdict := range verdicts {
		require.NoError(t, verdict.Err)
		out[checks[i].Object] = verdict.Allowed
	}
	return out
}

func count(set map[eyeshot.Object]bool) (n int) {
	for _, in := range set {
		if in {
			n++
		}
	}
	return n
}
