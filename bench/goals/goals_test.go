package goals_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/bench/churn"
	"github.com/eyeshot-dev/eyeshot/bench/filter"
	"github.com/eyeshot-dev/eyeshot/bench/goals"
	"github.com/eyeshot-dev/eyeshot/bench/index"
	"github.com/eyeshot-dev/eyeshot/bench/load"
	"github.com/eyeshot-dev/eyeshot/bench/revoke"
	"github.com/eyeshot-dev/eyeshot/bench/scan"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/pgtest"
)

func TestEveryRatioThatIsPromisedHasALineAndTheCommandThatMadeIt(t *testing.T) {
	r, err := goals.Run(t.Context(), small())
	require.NoError(t, err)
	families, benches := map[string]int{}, map[string]int{}
	for _, goal := range r.Goals {
		family, _, _ := strings.Cut(goal.Name, ":")
		families[family]++
		if goal.NotRun != "" {
			require.False(t, goal.Met(), goal.Name)
			require.Regexp(t, "^RLS", goal.Name, "all else is always run")
			continue
		}
		require.NotEmpty(t, goal.Command, goal.Name)
		benches[strings.Fields(goal.Command)[2]]++
	}
	for family, lines := range map[string]int{
		"filter tax": 3, "oracle gap": 2, "RLS": 5, "list then filter": 1, "over-fetch": 1, "recall while permissions change, exact store": 1,
		"leaks while everything changes": 1, "short lists, unexplained, while everything changes": 1, "revocation": 2, "scan": 1,
	} {
		require.Equal(t, lines, families[family], family)
	}
	for _, bench := range []string{"index", "filter", "churn", "load", "revoke", "scan"} {
		require.Positive(t, benches[bench], bench)
	}
	require.Contains(t, r.Text(), "made by")
	require.Contains(t, r.Text(), "--seed 1")
	require.Contains(t, r.Text(), "not run: needs --postgres-env")
}

func TestRowSecurityHasItsFiguresWhereAServerIsGiven(t *testing.T) {
	o := small()
	o.Filter.Postgres, o.Postgres = pgtest.DSN(t), "DATABASE_URL"
	r, err := goals.Run(t.Context(), o)
	require.NoError(t, err)
	lines := 0
	for _, goal := range r.Goals {
		if strings.HasPrefix(goal.Name, "RLS") {
			lines++
			require.Empty(t, goal.NotRun, goal.Name)
			require.Contains(t, goal.Command, "--postgres-env DATABASE_URL", goal.Name)
		}
	}
	require.Equal(t, 5, lines)
	require.NotContains(t, r.Text(), o.Filter.Postgres, "a connection string has a password in it")
}

// small is everything, at next to no size.
func small() goals.Options {
	return goals.Options{
		Index:  index.Options{Documents: 1000, Samples: 5, Listed: 50},
		Filter: filter.Options{Documents: 400, Queries: 3, Shares: []float64{0.01, 1}},
		Churn:  churn.Options{Searches: 3, Users: 3, Documents: 8},
		Load:   load.Options{Documents: 100, Rates: []float64{20}, Step: 200 * time.Millisecond, Clients: 2},
		Revoke: revoke.Options{Duration: time.Millisecond, Changes: 4, Documents: 100, Users: 1, Searchers: 1},
		Scan:   scan.Options{Vectors: 1000, Dimension: 8, Rounds: 3},
		Seed:   1, Version: "test",
	}
}

func TestMain(m *testing.M) { pgtest.Main(m) } // which looks for goroutines too
