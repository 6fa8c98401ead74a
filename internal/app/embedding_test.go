package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

// otherModel is a server of another embedding model, with as many dimensions as
// the built-in one: nothing but its name tells them apart.
func otherModel(t *testing.T) func(*config.Config) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct{ Input []string }
		_ = json.NewDecoder(r.Body).Decode(&request)
		data := make([]any, len(request.Input))
		for i := range data {
			vector := make([]float32, 256)
			vector[i] = 1
			data[i] = map[string]any{"index": i, "embedding": vector}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
	}))
	t.Cleanup(server.Close)
	return func(cfg *config.Config) {
		cfg.Embedding.Kind, cfg.Embedding.URL, cfg.Embedding.Model, cfg.Embedding.Dimension = "openai", server.URL, "other", 256
	}
}

func TestAnIndexOfAnotherEmbeddingModelIsNotServed(t *testing.T) {
	product, err := apptest.Start(t.Context(), filled(t), apptest.Settings{Configure: otherModel(t)})
	require.NoError(t, err, "it opens, or nobody could drop the index")
	defer func() { require.NoError(t, product.Close()) }()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	err = product.Serve(ctx, func(string) { stop() })
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.ErrorContains(t, err, "eyeshot-static-256")
	require.ErrorContains(t, err, "openai/other@256 is configured: configure the former, or drop the index and ingest all of the tenant's sources again (eyeshot ingest --reindex; permissions stay)")
}
