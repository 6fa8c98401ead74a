package obs_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/obs"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestALoggerWritesItsLevelAndAboveInItsFormat(t *testing.T) {
	var text, json strings.Builder
	logger, err := obs.NewLogger(&text, "warn", "text")
	require.NoError(t, err)
	logger.Info("quiet")
	logger.Warn("loud", "n", 7)
	require.NotContains(t, text.String(), "quiet")
	require.Contains(t, text.String(), "level=WARN msg=loud n=7")

	logger, err = obs.NewLogger(&json, "debug", "json")
	require.NoError(t, err)
	logger.Debug("seen", "n", 7)
	require.Contains(t, json.String(), `"level":"DEBUG","msg":"seen","n":7}`)
}

func TestALevelOrFormatThatIsUnknownIsRefusedWithThoseThatAreKnown(t *testing.T) {
	for _, level := range []string{"", "loud", "info+2", "INFO-4"} {
		_, err := obs.NewLogger(io.Discard, level, "text")
		require.ErrorIs(t, err, eyeshot.ErrInvalid, level)
		require.ErrorContains(t, err, "must be debug, info, warn or error")
	}
	_, err := obs.NewLogger(io.Discard, "info", "xml")
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	require.ErrorContains(t, err, "must be text or json")
}

func exposed(t *testing.T, metrics *obs.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, w.Code)
	return w.Body.String()
}

func TestWhatIsRecordedIsExposed(t *testing.T) {
	metrics := obs.NewMetrics()
	metrics.Stage("gate", 3*time.Millisecond)
	metrics.Search(retriever.Stats{
		Mode: retriever.Hybrid, Checked: 12, Denied: 2, Complete: false, Rounds: 3, InStore: 4 * time.Millisecond,
		Plan: filters.Plan{Way: store.Exact, Estimate: 2 * time.Millisecond, Load: store.Load{Allowed: 7}},
	})
	metrics.Request("/v1/search", "POST", 200, 4*time.Millisecond)
	metrics.Unauthenticated("expired")
	metrics.ObserveStore("search", time.Millisecond, nil)
	metrics.ObserveStore("search", time.Millisecond, errors.New("down"))
	require.NoError(t, metrics.Tenants(func() []obs.TenantIndex {
		return []obs.TenantIndex{
			{Tenant: "acme", Age: 0.5, Behind: 4, Stats: authzsync.Stats{Relationships: 42, Mended: 1}}, {Tenant: "other"},
		}
	}))
	text := exposed(t, metrics)
	for _, line := range []string{
		`eyeshot_search_stage_seconds_bucket{stage="gate",le="0.005"} 1`,
		`eyeshot_search_stage_seconds_bucket{stage="gate",le="0.0025"} 0`,
		`eyeshot_search_stage_seconds_sum{stage="gate"} 0.003`,
		`eyeshot_searches_total{complete="false",mode="hybrid"} 1`,
		`eyeshot_gate_checked_total 12`,
		`eyeshot_gate_denied_total 2`,
		`eyeshot_search_refills_total 2`,
		`eyeshot_search_plan_seconds_sum{way="exact"} 0.004`,
		`eyeshot_search_plan_ratio_sum{way="exact"} 2`,
		`eyeshot_http_request_seconds_count{method="POST",route="/v1/search",status="200"} 1`,
		`eyeshot_unauthenticated_total{reason="expired"} 1`,
		`eyeshot_store_seconds_count{ok="true",operation="search"} 1`,
		`eyeshot_store_seconds_count{ok="false",operation="search"} 1`,
		`eyeshot_permission_index_age_seconds{tenant="acme"} 0.5`,
		`eyeshot_permission_index_relationships{tenant="acme"} 42`,
		`eyeshot_permission_index_mended_total{tenant="acme"} 1`,
		`eyeshot_permission_index_behind{tenant="acme"} 4`,
		`eyeshot_permission_index_behind{tenant="other"} 0`,
	} {
		require.Contains(t, text, "\n"+line+"\n")
	}
}

func TestTwoProductsInAProcessHaveMetricsOfTheirOwn(t *testing.T) {
	one, two := obs.NewMetrics(), obs.NewMetrics()
	one.Unauthenticated("expired")
	require.Contains(t, exposed(t, one), `reason="expired"`)
	require.NotContains(t, exposed(t, two), `reason="expired"`)
}
