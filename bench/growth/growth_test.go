package growth_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/growth"
)

func TestEachDimensionReachesWhatItsSizeSays(t *testing.T) {
	r, err := growth.Run(t.Context(), growth.Options{Documents: 1000, Samples: 3, Seed: 1})
	require.NoError(t, err)
	require.Len(t, r.Tables, 5)
	require.Len(t, r.Plots, 4)
	last := func(table int) []string { rows := r.Tables[table].Rows; return rows[len(rows)-1] }
	require.Equal(t, []string{"10000", "20000"}, []string{last(1)[0], last(1)[3]}, "two tickets a group")
	require.Equal(t, []string{"10000", "10000"}, []string{last(2)[0], last(2)[3]}, "each share is one ticket")
	require.Equal(t, []string{"20", "1000"}, []string{last(3)[0], last(3)[3]}, "however deep, it reaches the project")
	require.Len(t, r.Tables[4].Rows, 4, "an exponent each")
}

func TestWholeSearchesAreMeasuredAtEachSizeOfEachDimension(t *testing.T) {
	r, err := growth.Run(t.Context(), growth.Options{Whole: true, Documents: 1000, Groups: 20, Shares: 100, Samples: 2, Seed: 1})
	require.NoError(t, err)
	require.Len(t, r.Plots, 4)
	allowed := func(table int) (sizes []string) {
		for _, row := range r.Tables[table].Rows {
			sizes = append(sizes, row[0]+" "+row[5])
		}
		return sizes
	}
	require.Equal(t, []string{"10 20", "20 40"}, allowed(1), "two tickets a group")
	require.Equal(t, []string{"1 1", "10 10", "100 100"}, allowed(2), "each share is one ticket")
	require.Equal(t, []string{"1 200", "2 200", "5 200", "10 200", "20 200"}, allowed(3), "however deep, it reaches its project")
	require.Len(t, r.Tables[4].Rows, 4, "an exponent each")
	for _, plot := range r.Plots {
		require.Contains(t, plot.Lines[2].Name, "to the power of")
	}
}

func TestASizeThatCannotBeIsRefused(t *testing.T) {
	for _, o := range []growth.Options{{Documents: 1}, {Samples: -1}, {Groups: -1}, {Shares: -1}} {
		_, err := growth.Run(t.Context(), o)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
