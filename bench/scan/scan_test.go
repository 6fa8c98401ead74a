package scan

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
)

func TestAScanIsHeldAgainstAReadAtEachShare(t *testing.T) {
	r, err := Run(t.Context(), Options{Vectors: 2000, Dimension: 16, Shares: []float64{1, 0.2}, Rounds: 3, Seed: 1})
	require.NoError(t, err)
	require.Len(t, r.Tables[0].Rows, 2*len(cores()))
	require.Len(t, r.Goals, 1)
	require.True(t, r.Goals[0].AtLeast)
	for _, m := range r.Measures {
		require.Len(t, m.Samples, 3, m.Name)
	}
}

func TestEveryRowIsScannedOnceHoweverManyCoresShareThem(t *testing.T) {
	b := newBench(Options{Vectors: 1001, Dimension: 8, Rounds: 1, Seed: 1})
	rows := b.rows(0.3)
	require.InDelta(t, 300, len(rows), 80)
	b.turns(1, rows)
	alone := slices.Clone(b.scores[:len(rows)])
	clear(b.scores)
	b.turns(3, rows)
	require.Equal(t, alone, b.scores[:len(rows)])
}

func TestAScanThatCannotBeIsRefused(t *testing.T) {
	for _, o := range []Options{{Vectors: 1}, {Dimension: -1}, {Rounds: 1}, {Shares: []float64{0}}} {
		_, err := Run(t.Context(), o)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
