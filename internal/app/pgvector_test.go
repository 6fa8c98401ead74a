package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

func TestThePgvectorStoreNeedsAConnectionString(t *testing.T) {
	t.Setenv("NO_DSN_HERE", "")
	cfg := config.Default()
	cfg.Store.Kind, cfg.Store.Pgvector.DSNEnv = "pgvector", "NO_DSN_HERE"
	_, err := app.OpenStore(t.Context(), cfg, t.TempDir())
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	require.ErrorContains(t, err, "NO_DSN_HERE", "the variable that is missing")
}

func TestAStoreThatCannotBeReachedIsNamedByItsVariableAlone(t *testing.T) {
	t.Setenv("A_DSN", "postgres://me:secret@127.0.0.1:1/db")
	cfg := config.Default()
	cfg.Store.Kind, cfg.Store.Pgvector.DSNEnv = "pgvector", "A_DSN"
	_, err := app.OpenStore(t.Context(), cfg, t.TempDir())
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	require.ErrorContains(t, err, "A_DSN")
	require.NotContains(t, err.Error(), "secret")
}
