package filter_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/filter"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

// installation is a product with a tenant of 60 tickets in three projects; ann
// views one of them, bob all, cat none.
func installation(t *testing.T) *app.App {
	t.Helper()
	cfg := config.Default()
	cfg.DataDir = t.TempDir()
	product, err := app.Open(t.Context(), cfg, app.Options{Version: "test"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, product.Close()) })
	tenant, err := product.Tenants.Create(t.Context(), "acme")
	require.NoError(t, err)
	writes := []eyeshot.Relationship{{Subject: "user:cat", Relation: "member", Object: "group:idle"}}
	var documents []eyeshot.Document
	for i := range 60 {
		object := eyeshot.Object(fmt.Sprintf("ticket:jira/%d", i))
		project := eyeshot.Subject(fmt.Sprintf("project:jira/P%d", i%3))
		documents = append(documents, eyeshot.Document{
			Object: object, Title: fmt.Sprintf("Secret matter %d of the harbour", i), Text: fmt.Sprintf("The harbour has %d boats that need paint.", i),
			Relationships: []eyeshot.Relationship{{Subject: project, Relation: "project", Object: object}, {Subject: "user:*", Relation: "open", Object: object}},
		})
	}
	for i := range 3 {
		project := eyeshot.Object(fmt.Sprintf("project:jira/P%d", i))
		writes = append(writes, eyeshot.Relationship{Subject: "user:bob", Relation: "viewer", Object: project})
	}
	writes = append(writes, eyeshot.Relationship{Subject: "user:ann", Relation: "viewer", Object: "project:jira/P0"})
	require.NoError(t, tenant.Write(t.Context(), writes, nil))
	_, err = product.Indexer.Upsert(t.Context(), "acme", "jira", documents)
	require.NoError(t, err)
	return product
}

func TestOwnDataAreMeasuredByWhatPeopleMayReadAndStayAsTheyAre(t *testing.T) {
	product := installation(t)
	tenant, err := product.Tenants.Tenant(t.Context(), "acme")
	require.NoError(t, err)
	before := tenant.Stats()
	r, err := filter.RunOwn(t.Context(), product, filter.OwnOptions{Tenant: "acme", Sample: 10, Seed: 1, Budget: time.Minute})
	require.NoError(t, err)
	after := tenant.Stats()
	require.Equal(t, before.Relationships, after.Relationships)
	require.Equal(t, before.Applied, after.Applied, "nothing was written")
	var titles []string
	for _, table := range r.Tables {
		titles = append(titles, table.Title)
		require.Equal(t, "1", rowOf(t, table, "ours")[6])
		require.Equal(t, "0", rowOf(t, table, "ours")[8])
	}
	require.Len(t, titles, 3, "nobody, some and all: %v", titles)
	require.Contains(t, titles[1], "1 of 3 users")
	require.Contains(t, r.Text(), "over-fetch ten times")
	for _, name := range []string{"Secret", "harbour", "ticket:", "user:", "ann"} {
		require.NotContains(t, r.Text(), name, "a report has numbers alone")
	}
}

func TestATenantThatIsNotThereIsRefused(t *testing.T) {
	product := installation(t)
	for _, o := range []filter.OwnOptions{{Tenant: "nobody", Sample: 1}, {Tenant: "acme"}} {
		_, err := filter.RunOwn(t.Context(), product, o)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
	}
	_, err := product.Tenants.Create(t.Context(), "empty")
	require.NoError(t, err)
	_, err = filter.RunOwn(t.Context(), product, filter.OwnOptions{Tenant: "empty", Sample: 1})
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
}
