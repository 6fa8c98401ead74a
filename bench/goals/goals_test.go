package goals_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot/bench/goals"
)

func TestEveryGoalNamesTheCommandThatMadeItsFigure(t *testing.T) {
	r, err := goals.Run(t.Context(), goals.Options{Documents: 200, Index: 1000, Soak: time.Second, Queries: 3, Seed: 1, Version: "test"})
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
