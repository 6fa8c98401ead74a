package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant/fakeqdrant"
)

func TestTheStoreInQdrantIsOpenedWithTheKeyOfTheEnvironment(t *testing.T) {
	server, err := fakeqdrant.Start(fakeqdrant.Options{Key: "of the environment"})
	require.NoError(t, err)
	defer server.Stop()
	cfg := config.Default()
	cfg.Store.Kind, cfg.Store.Qdrant.Address, cfg.Store.Qdrant.Prefix = "qdrant", server.Address(), "docs"
	_, err = app.OpenStore(t.Context(), cfg, t.TempDir())
	require.Error(t, err)
	t.Setenv(cfg.Store.Qdrant.KeyEnv, "of the environment")
	driver, err := app.OpenStore(t.Context(), cfg, t.TempDir())
	require.NoError(t, err)
	require.NoError(t, driver.Prepare(t.Context(), "acme", store.EmbeddingModel{Name: "m", Dimension: 3}))
	require.NoError(t, driver.Close())
	require.ElementsMatch(t, []string{"docs-catalogue", "docs-3"}, server.Collections())
}
