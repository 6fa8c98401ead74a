package index_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/index"
)

func TestAReportOfTheIndexHasEveryFigureAndGoal(t *testing.T) {
	r, err := index.Run(t.Context(), index.Options{Documents: 2000, Samples: 30, Listed: 150, Seed: 1})
	require.NoError(t, err)
	require.Equal(t, 2000, r.World["documents"])
	var names []string
	for _, m := range r.Measures {
		names = append(names, m.Name)
		require.Positive(t, m.Value, m.Name)
	}
	require.Subset(t, names, []string{"sets", "ids", "allowed, ticket", "allowed, everything", "memberships of a principal",
		"leaving a group that reaches one document", "leaving a group that reaches many", "OpenFGA's list", "the index's list"})
	require.Len(t, r.Goals, 6)
	require.Contains(t, r.Text(), "leaving a group")
	require.Len(t, r.Plots, 1)
	last := r.Tables[len(r.Tables)-2].Rows
	require.Equal(t, "1", last[2][5], "it reaches one document")
	require.NotContains(t, []string{"0", "1"}, last[3][5], "it reaches many")
}

func TestTheSameSeedMakesTheSameWorld(t *testing.T) {
	figures := func(seed uint64) (all []float64) {
		r, err := index.Run(t.Context(), index.Options{Documents: 1000, Samples: 10, Listed: -1, Seed: seed})
		require.NoError(t, err)
		for _, m := range r.Measures {
			if m.Name == "sets" || m.Name == "ids" {
				all = append(all, m.Value)
			}
		}
		return all
	}
	require.Equal(t, figures(1), figures(1))
	require.NotEqual(t, figures(1), figures(2))
}

func TestAWorldOfNoSizeIsRefused(t *testing.T) {
	for _, options := range []index.Options{{}, {Documents: 1e9}, {Documents: 1000, Samples: -1}} {
		_, err := index.Run(t.Context(), options)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
