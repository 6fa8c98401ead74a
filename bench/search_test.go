package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// BenchmarkSearchOverHTTP measures whole searches over 23,313 real tickets: HTTP,
// token, scope, both lists, fusion, gate and text. Queries are titles of tickets.
//
//	go test ./bench -run '^$' -bench SearchOverHTTP -benchtime 500x
func BenchmarkSearchOverHTTP(b *testing.B) {
	product := tickets(b)
	server := httptest.NewServer(product.Handler())
	b.Cleanup(server.Close)
	asked := queries(b, 512)
	for _, user := range []string{"everywhere", "third", "one", "nobody"} {
		for _, mode := range []string{"hybrid", "semantic", "keyword"} {
			b.Run(user+"/"+mode, func(b *testing.B) {
				token := mint(b, product, user)
				var took []time.Duration
				for i := 0; b.Loop(); i++ {
					start := time.Now()
					ask(b, server.URL, token, asked[i%len(asked)], mode)
					took = append(took, time.Since(start))
				}
				slices.Sort(took)
				b.ReportMetric(quantile(took, 0.5), "p50-ms")
				b.ReportMetric(quantile(took, 0.95), "p95-ms")
				b.ReportMetric(quantile(took, 0.99), "p99-ms")
				b.ReportMetric(float64(reached(b, product, user)), "allowed")
			})
		}
	}
}

func mint(b *testing.B, product *app.App, user string) string {
	b.Helper()
	token, err := product.Issuer.Mint(context.Background(), identity.Request{Tenant: tenant, Subject: user})
	require.NoError(b, err)
	return token
}

func ask(b *testing.B, url, token, query, mode string) {
	body, err := json.Marshal(map[string]any{"query": query, "mode": mode})
	require.NoError(b, err)
	request, err := http.NewRequest(http.MethodPost, url+"/v1/search", bytes.NewReader(body))
	require.NoError(b, err)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(b, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(b, err)
	require.Equal(b, http.StatusOK, response.StatusCode, string(text))
}

func reached(b *testing.B, product *app.App, user string) uint64 {
	b.Helper()
	opened, err := product.Tenants.Tenant(context.Background(), tenant)
	require.NoError(b, err)
	reach, _, err := opened.Reach(context.Background(), 0)
	require.NoError(b, err)
	_, upper := reach.Allowed(eyeshot.Subject("user:"+user), "can_read", "ticket")
	return upper.GetCardinality()
}
