package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
)

func TestWhatCannotBeOpenedIsNamedAndLeavesTheDirectoryFree(t *testing.T) {
	notAModel := filepath.Join(t.TempDir(), "model.fga")
	require.NoError(t, os.WriteFile(notAModel, []byte("model\n  schema 1.1\ntype ticket\n  relations\n    define reader: [nobody]\n"), 0o600))
	for name, row := range map[string]struct {
		change func(*config.Config)
		want   string
	}{
		"no model file":        {func(cfg *config.Config) { cfg.Authz.Model = "/nowhere/model.fga" }, "authz.model"},
		"a model that is none": {func(cfg *config.Config) { cfg.Authz.Model = notAModel }, "authz.model"},
		"no embedding model":   {func(cfg *config.Config) { cfg.Embedding.Kind, cfg.Embedding.Path = "model2vec", "/nowhere" }, "opening the embedding model"},
		"policy with a gap": {func(cfg *config.Config) {
			cfg.Authz.Documents = map[string]config.Relation{"ticket": {Read: "can_read"}}
		}, "read, delegated and task"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cfg := config.Default()
			cfg.DataDir = dir
			row.change(&cfg)
			_, err := app.Open(t.Context(), cfg, app.Options{})
			require.ErrorContains(t, err, row.want)
			require.NoError(t, open(t, dir), "nothing holds the directory any more")
		})
	}
}

// Where reading takes another relation by configuration, the one that ships is
// worth nothing.
func TestTheConfiguredPolicyDecidesWhatMayBeRead(t *testing.T) {
	custom := filepath.Join(t.TempDir(), "model.fga")
	require.NoError(t, os.WriteFile(custom, []byte(model.DSL()), 0o600))
	product := apptest.New(t, apptest.Settings{Configure: func(cfg *config.Config) {
		cfg.Authz.Model = custom
		cfg.Authz.Documents = map[string]config.Relation{"ticket": {Read: "can_edit", Delegated: "delegated_edit", Task: "task_edit"}}
	}})
	tenant := product.NewTenant(t)
	tenant.Ingest("jira", apptest.Ticket("A", "Refund one", "", "user:viewer"), apptest.Doc{
		"id": "B", "type": "ticket", "title": "Refund two", "relationships": []map[string]string{{"user": "user:editor", "relation": "editor"}},
	})
	require.Empty(t, tenant.As("viewer").Search("refund").Results)
	require.Equal(t, []eyeshot.Object{"ticket:jira/B"}, apptest.Objects(tenant.As("editor").Search("refund")))
	require.Equal(t, http.StatusNotFound, tenant.As("viewer").Document("ticket:jira/A").Status)
}

func TestEveryRefusedDocumentIsNamedHoweverManyThereAre(t *testing.T) {
	product := apptest.New(t, apptest.Settings{Configure: func(cfg *config.Config) { cfg.HTTP.MaxDocuments = 1200 }})
	answer := product.NewTenant(t).As("ingester").Post("/v1/documents", map[string]any{"source": "jira", "documents": make([]any, 1200)})
	require.Equal(t, http.StatusUnprocessableEntity, answer.Status)
	var response httpapi.UpsertResponse
	answer.Decode(&response)
	require.Len(t, response.Refused, 1200)
	for i, refused := range response.Refused {
		require.Equal(t, i, refused.Index)
	}
}

func TestTheSurfaceHasWhatIsConfigured(t *testing.T) {
	product := apptest.New(t, apptest.Settings{Configure: func(cfg *config.Config) {
		cfg.HTTP.Metrics, cfg.HTTP.MaxBodyBytes, cfg.HTTP.MaxDocuments = false, 2048, 1
	}})
	ingester := product.NewTenant(t).As("ingester")
	require.Equal(t, http.StatusRequestEntityTooLarge, ingester.Post("/v1/documents", map[string]any{"source": "jira", "documents": make([]any, 500)}).Status)
	require.Equal(t, http.StatusBadRequest, ingester.Post("/v1/documents", map[string]any{"source": "jira", "documents": make([]any, 2)}).Status)
}
