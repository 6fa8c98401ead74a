package goals_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot/bench/churn"
	"github.com/eyeshot-dev/eyeshot/bench/filter"
	"github.com/eyeshot-dev/eyeshot/bench/goals"
	"github.com/eyeshot-dev/eyeshot/bench/index"
	"github.com/eyeshot-dev/eyeshot/bench/load"
)

func TestEveryGoalNamesTheCommandThatMadeItsFigure(t *testing.T) {
	r, err := goals.Run(t.Context(), goals.Options{
		Index:  index.Options{Documents: 1000, Samples: 5, Listed: 50},
		Filter: filter.Options{Documents: 200, Queries: 3, Shares: []float64{0.01, 1}, Only: []string{"no permissions", "private index", "ours"}},
		Churn:  churn.Options{Searches: 3, Users: 3, Documents: 8},
		Load:   load.Options{Documents: 100, Rates: []float64{20}, Step: 200 * time.Millisecond, Clients: 2},
		Seed:   1, Version: "test",
	})
	require.NoError(t, err)
	parts := map[string]int{}
	for _, goal := range r.Goals {
		require.NotEmpty(t, goal.Command, goal.Name)
		parts[strings.Fields(goal.Command)[2]]++
	}
	for _, part := range []string{"index", "filter", "churn", "load"} {
		require.Positive(t, parts[part], part)
	}
	require.Contains(t, r.Text(), "made by")
	require.Contains(t, r.Text(), "--seed 1")
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
