package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/app/apptest"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

func TestMetricsTakeTheirTokenWhereOneIsSet(t *testing.T) {
	t.Setenv("METRICS_TOKEN", "s3cret")
	product := apptest.New(t, apptest.Settings{Configure: func(cfg *config.Config) { cfg.HTTP.MetricsTokenEnv = "METRICS_TOKEN" }})
	require.Equal(t, http.StatusOK, product.Caller(t, "s3cret").Get("/metrics").Status)
	tenant := product.NewTenant(t, "tenant:acme#admin@user:alice")
	for _, caller := range []*apptest.Caller{product.Caller(t, ""), product.Caller(t, "s3cre"), tenant.As("alice")} {
		answer := caller.Get("/metrics")
		require.Equal(t, http.StatusNotFound, answer.Status)
		require.NotContains(t, string(answer.Body), "eyeshot_")
	}
}

func TestMetricsAreNotServedToOthersWithoutAToken(t *testing.T) {
	for listen, served := range map[string]bool{"127.0.0.1:0": true, "localhost:0": true, "[::1]:0": true, "0.0.0.0:0": false, ":0": false, "192.0.2.1:0": false} {
		product := apptest.New(t, apptest.Settings{Configure: func(cfg *config.Config) { cfg.HTTP.Listen = listen }})
		require.Equal(t, served, product.Caller(t, "").Get("/metrics").Status == http.StatusOK, listen)
		require.Equal(t, !served, strings.Contains(product.Log.String(), "/metrics is not served"), listen)
	}
}
