package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/httpapi"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

func TestAnAuditorIsToldHowASearchWasDone(t *testing.T) {
	tenant := refunds(t)
	tenant.Grant("tenant:" + tenant.Name + "#auditor@user:alice")
	answer := tenant.As("alice").Post("/v1/search", map[string]any{"query": "refund", "explain": true})
	require.Equal(t, http.StatusOK, answer.Status)
	var got httpapi.SearchResponse
	answer.Decode(&got)
	require.NotNil(t, got.Explain)
	require.Equal(t, 2, got.Explain.Allowed)
	require.Equal(t, 3, got.Explain.Documents)
	require.Contains(t, []string{"exact", "filtered"}, got.Explain.Plan)
	require.Contains(t, got.Explain.Ways, got.Explain.Plan)
	require.Positive(t, got.Explain.Estimate)
	require.Positive(t, got.Explain.InStore)
	require.True(t, got.Explain.Exact)
	require.Equal(t, 2, got.Explain.Checked)
	require.Zero(t, got.Explain.Denied)
	require.Equal(t, 1, got.Explain.Rounds)

	answer = tenant.As("alice").Post("/v1/search", map[string]any{"query": "refund"})
	require.NotContains(t, string(answer.Body), "explain", "nobody asked")
}

func TestAnExplanationIsForAuditorsAlone(t *testing.T) {
	tenant := refunds(t)
	explained := map[string]any{"query": "refund", "explain": true}
	answer := tenant.As("alice").Post("/v1/search", explained)
	require.Equal(t, http.StatusForbidden, answer.Status)
	require.NotContains(t, string(answer.Body), "allowed\"")

	tenant.Grant("tenant:"+tenant.Name+"#auditor@user:alice", "tenant:"+tenant.Name+"#delegated_read@delegation:alice~bot")
	agent := tenant.With(identity.Request{Subject: "alice", Actor: "bot"})
	require.Equal(t, http.StatusOK, agent.Post("/v1/search", map[string]any{"query": "refund"}).Status)
	require.Equal(t, http.StatusForbidden, agent.Post("/v1/search", explained).Status, "an agent has no role of its user's")
}
