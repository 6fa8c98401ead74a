package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/ingest"
)

func TestEachPassWritesWhatChangedAndNothingElse(t *testing.T) {
	r, err := ingest.Run(t.Context(), ingest.Options{Documents: 200, Words: 20, Seed: 1, Version: "test"})
	require.NoError(t, err)
	rows := r.Tables[0].Rows
	written := func(i int) []string { return []string{rows[i][5], rows[i][7]} }
	require.Equal(t, []string{"200", "+400 −0"}, written(0))
	require.Equal(t, []string{"0", "+0 −0"}, written(1))
	require.Equal(t, []string{"2", "+0 −0"}, written(2))
	require.Equal(t, "+2 −2", rows[3][7], "a ticket that moves has another project")
	require.Len(t, r.Measures, 5)
}

func TestASourceOfNoSizeIsRefused(t *testing.T) {
	for _, o := range []ingest.Options{{Documents: 1}, {Words: -1}} {
		_, err := ingest.Run(t.Context(), o)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
