package filter_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/filter"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/pgtest"
)

func TestRowSecuritySearchesTheSameWorldAndIsHeldToTheSameAnswers(t *testing.T) {
	r, err := filter.Run(t.Context(), filter.Options{
		Documents: 1500, Shares: []float64{0.01, 0.2, 1}, Queries: 6, Limit: 5, Budget: time.Minute, Seed: 1, Postgres: pgtest.DSN(t),
		Only: []string{"ours", "ours on pgvector", "ours on pgvector, without the gate", "ours on pgvector, in SQL alone, without the gate",
			"row security, EXISTS", "row security, EXISTS, by HNSW", "row security, tuned", "row security, tuned, by HNSW"},
	})
	require.NoError(t, err)
	require.Len(t, r.Tables, 5, "one for each share, one for memory, one for ratios")
	for _, table := range r.Tables[:3] {
		require.Len(t, table.Rows, 8)
		for _, row := range table.Rows {
			require.Equal(t, "0", row[8], "%s: %s leaks nothing", table.Title, row[0])
			if !strings.HasSuffix(row[0], "HNSW") {
				require.Equal(t, "1", row[6], "%s: %s has recall 1: its tables say what the relationships say", table.Title, row[0])
			}
		}
		security := rowOf(t, table, "row security, tuned")
		if security[4] == "" {
			require.Contains(t, security[5], "by the clock", "the server's processor time is not known")
		} else {
			require.NotContains(t, security[5], "by the clock")
		}
	}
	for _, row := range r.Tables[3].Rows {
		require.NotEqual(t, "0", row[1], "%s keeps something", row[0])
	}
	require.Len(t, r.Tables[4].Rows, 3)
	require.NotEmpty(t, r.World["pgvector"])
	goals := map[string]float64{}
	for _, goal := range r.Goals {
		goals[goal.Name] = goal.Bound
	}
	require.InDelta(t, 13.5, goals["row security, EXISTS / ours on pgvector, least of shares"], 0)
	require.InDelta(t, 5, goals["row security, tuned / ours on pgvector, least of shares"], 0)
	require.Contains(t, goals, "ours on pgvector: recall")
}

func TestWithoutAServerTheReportSaysThatNoneWasMeasured(t *testing.T) {
	r, err := filter.Run(t.Context(), filter.Options{Documents: 200, Shares: []float64{0.5}, Queries: 3, Seed: 1, Only: []string{"ours"}})
	require.NoError(t, err)
	require.Contains(t, r.Text(), "PostgreSQL was not measured: --postgres-env")
	_, err = filter.Run(t.Context(), filter.Options{Documents: 200, Only: []string{"row security, tuned"}})
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
}

func TestARealAccessListIsMeasuredByTheSharesThatItHasAndNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.txt")
	require.NoError(t, os.WriteFile(path, []byte("boss a\nboss b\nboss c\nchief a\nchief b\nchief c\nann b\n"), 0o600))
	matrix, err := worlds.ReadMatrix(path)
	require.NoError(t, err)
	r, err := filter.Run(t.Context(), filter.Options{Documents: 300, Shares: []float64{0.0001, 1}, Queries: 4, Limit: 5, Seed: 1, Matrix: matrix,
		Only: []string{"ours", "private index", "readers ∩ memberships"}})
	require.NoError(t, err)
	require.Len(t, r.Tables, 2, "nobody reads one in 10,000")
	require.Equal(t, "list.txt", r.World["acl"])
	require.Len(t, r.World["acl sha256"], 64)
	for _, row := range r.Tables[0].Rows {
		require.Equal(t, "1", row[6], row[0])
		require.Equal(t, "0", row[8], "without levels, readers are exact")
	}
}
