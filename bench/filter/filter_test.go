package filter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/filter"
	"github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/internal/store/pgvector/pgtest"
)

func TestEveryWayIsHeldToTheRightAnswerAndWrongOnesAreShownAsWrong(t *testing.T) {
	r, err := filter.Run(t.Context(), filter.Options{Documents: 250, Shares: []float64{0.004, 0.2, 1}, Queries: 3, Limit: 5, Budget: time.Minute, Seed: 1})
	require.NoError(t, err)
	require.Len(t, r.Tables, 4, "one for each share, and one for memory")
	for _, table := range r.Tables[:3] {
		for _, way := range []string{"ours", "ours, without the gate", "private index", "list objects, then filter", "principals on documents", "over-fetch, doubling, then check"} {
			row := rowOf(t, table, way)
			require.Equal(t, "1", row[6], "%s: %s has recall 1", table.Title, way)
			require.Equal(t, "0", row[7], "%s: %s has no short list", table.Title, way)
			require.Equal(t, "0", row[8], "%s: %s leaks nothing", table.Title, way)
		}
		require.Empty(t, rowOf(t, table, "no permissions")[6], "it answers another question")
	}
	few := r.Tables[0]
	require.NotEqual(t, "1", rowOf(t, few, "over-fetch ten times, then check")[6], "ten times is not far enough for one document in 250")
	require.NotEqual(t, "0", rowOf(t, few, "over-fetch ten times, then check")[7])
	for _, goal := range r.Goals {
		if strings.HasPrefix(goal.Name, "ours: ") {
			require.True(t, goal.Met(), "%+v", goal)
		}
	}
	require.Len(t, r.Plots, 2)
}

func TestReadersAloneLeakWhatCarriesALevel(t *testing.T) {
	r, err := filter.Run(t.Context(), filter.Options{Documents: 400, Limit: 50, Shares: []float64{0.2}, Queries: 12, Only: []string{"ours", "readers ∩ memberships"}, Seed: 1})
	require.NoError(t, err)
	require.Len(t, r.Tables[0].Rows, 2)
	require.NotEmpty(t, rowOf(t, r.Tables[0], "readers ∩ memberships")[5], "a ratio to ours")
	require.NotEqual(t, "0", rowOf(t, r.Tables[0], "readers ∩ memberships")[8], "who may look into the project is not cleared for all that is in it")
	require.Equal(t, "0", rowOf(t, r.Tables[0], "ours")[8])
}

func TestWhatCannotBeMeasuredIsRefused(t *testing.T) {
	for _, options := range []filter.Options{{Documents: 1}, {Limit: 1000}, {Shares: []float64{0}}, {Shares: []float64{1.5}}, {Documents: 200, Only: []string{"magic"}}} {
		_, err := filter.Run(t.Context(), options)
		require.ErrorIs(t, err, eyeshot.ErrInvalid, "%+v", options)
	}
}

func rowOf(t *testing.T, table report.Table, name string) []string {
	t.Helper()
	for _, row := range table.Rows {
		if row[0] == name {
			return row
		}
	}
	require.Fail(t, "no row "+name)
	return nil
}

func TestMain(m *testing.M) { pgtest.Main(m) } // which looks for goroutines too
