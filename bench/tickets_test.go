package bench

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/eyeshot-dev/eyeshot/connectors/access"
	"github.com/eyeshot-dev/eyeshot/connectors/jsonl"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

const tenant = "acme"

// tickets opens the whole product and ingests the real tickets into it, with
// access that real teams give. It skips where the shared data are absent.
// EYESHOT_TEST_BENCH_DATA names a directory to keep the installation in, so that
// the next run need not ingest again.
func tickets(b *testing.B) *app.App {
	b.Helper()
	cfg := config.Default()
	if cfg.DataDir = os.Getenv("EYESHOT_TEST_BENCH_DATA"); cfg.DataDir == "" {
		cfg.DataDir = b.TempDir()
	}
	product, err := app.Open(b.Context(), cfg, app.Options{Version: "bench"})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, product.Close()) })
	_, err = product.Tenants.Create(b.Context(), tenant)
	require.NoError(b, err)
	if stats, err := product.Store.Stats(b.Context(), tenant); err == nil && stats.Documents > 23_000 {
		return product
	}
	file, err := access.Parse(accessFile(b))
	require.NoError(b, err)
	reader, err := jsonl.Open(shared(b, "tickets.jsonl.gz"), nil, jsonl.Options{Tenant: tenant, Source: "jira", Access: file})
	require.NoError(b, err)
	defer reader.Close()
	start := time.Now()
	run := indexer.Run{Items: reader.Items(b.Context())}
	run.Access, run.HasAccess = reader.Access()
	report, err := product.Indexer.Run(b.Context(), tenant, "jira", run)
	require.NoError(b, err)
	b.Logf("ingested %d tickets, %d passages, %d relationships in %s", report.Documents, report.Chunks, report.RelationshipsAdded, time.Since(start).Round(time.Millisecond))
	return product
}

func shared(b *testing.B, name string) string {
	b.Helper()
	path := filepath.Join("..", "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		b.Skipf("the shared data are not here: %v", err)
	}
	return path
}

// accessFile gives each project to a real team: the teams by falling size, in
// turn, so that people reach from none to most of the projects. user:everywhere
// is an admin, user:one a member of one project.
func accessFile(b *testing.B) []byte {
	b.Helper()
	groups := realTeams(b)
	names := slices.SortedFunc(mapKeys(groups), func(x, y string) int { return len(groups[y]) - len(groups[x]) })
	projects := map[string]any{}
	keys := projectKeys(b)
	for i, project := range keys {
		members := []string{"group:" + names[i*4%len(names)]}
		if i == 0 {
			members = append(members, "user:one")
		}
		if i%3 == 0 {
			members = append(members, "user:third")
		}
		projects[project] = map[string][]string{"member": members}
	}
	text, err := yaml.Marshal(map[string]any{
		"fields": map[string]any{
			"id": "{{key}}", "type": "ticket", "title": "{{title}}", "text": "{{description}}", "format": "jira",
			"metadata": map[string]string{"project": "{{project}}"},
		},
		"tenant":    map[string][]string{"admin": {"user:everywhere"}},
		"groups":    groups,
		"projects":  projects,
		"documents": map[string]any{"ticket": map[string]any{"project": "{{project}}", "open": true}},
	})
	require.NoError(b, err)
	return text
}

func mapKeys(m map[string][]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

func realTeams(b *testing.B) map[string][]string {
	b.Helper()
	groups := map[string][]string{}
	eachLine(b, "k8s-teams.jsonl.gz", func(team struct {
		Org, Team            string
		Members, Maintainers []string
	}) {
		name := team.Org + "/" + team.Team
		groups[name] = []string{}
		for _, person := range slices.Concat(team.Members, team.Maintainers) {
			groups[name] = append(groups[name], "user:"+person)
		}
	})
	return groups
}

func projectKeys(b *testing.B) []string {
	b.Helper()
	seen := map[string]bool{}
	var out []string
	eachLine(b, "tickets.jsonl.gz", func(ticket struct{ Project string }) {
		if !seen[ticket.Project] {
			seen[ticket.Project] = true
			out = append(out, ticket.Project)
		}
	})
	return out
}

func eachLine[T any](b *testing.B, name string, do func(T)) {
	b.Helper()
	file, err := os.Open(shared(b, name))
	require.NoError(b, err)
	defer file.Close()
	zip, err := gzip.NewReader(file)
	require.NoError(b, err)
	for decoder := json.NewDecoder(bufio.NewReader(zip)); decoder.More(); {
		var value T
		require.NoError(b, decoder.Decode(&value))
		do(value)
	}
}

// quantile returns the q-quantile of sorted durations, in milliseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Microseconds()) / 1000
}

// queries are titles of real tickets, spread over the file.
func queries(b *testing.B, n int) []string {
	b.Helper()
	var titles []string
	eachLine(b, "tickets.jsonl.gz", func(ticket struct{ Title string }) {
		if ticket.Title != "" {
			titles = append(titles, ticket.Title)
		}
	})
	out := make([]string, n)
	for i := range out {
		out[i] = titles[(i*7919)%len(titles)]
	}
	require.NotEmpty(b, out, fmt.Sprint(n))
	return out
}
