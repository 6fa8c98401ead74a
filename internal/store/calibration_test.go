package store_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func TestACalibrationIsReadAsItWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.CalibrationFile)
	written := store.Calibration{
		Store: "embedded", Machine: "two cores", MeasuredAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Documents: 7, Dimension: 3,
		Costs: store.Costs{store.Exact: {Fixed: 1, PerAllowed: 2}, store.Filtered: {Fixed: 3, PerDocument: 0.5, PerMembership: 4, PerVisited: 5}},
	}
	require.NoError(t, written.Write(path))
	read, ok, err := store.ReadCalibration(path, "embedded")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, written, read)

	_, ok, err = store.ReadCalibration(path, "qdrant")
	require.NoError(t, err)
	require.False(t, ok, "what another store costs says nothing")

	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing temporary stays")
}

func TestWithoutACalibrationTheBuiltInFiguresCount(t *testing.T) {
	_, ok, err := store.ReadCalibration(filepath.Join(t.TempDir(), "none"), "embedded")
	require.NoError(t, err)
	require.False(t, ok)
}

func TestACalibrationThatCannotBeTrueIsRefused(t *testing.T) {
	for _, text := range []string{
		`{`, `{"costs":{"quick":{"fixed_ns":1}}}`, `{"store":"embedded","costs":{"exact":{}}}`,
		`{"store":"embedded","costs":{"exact":{"fixed_ns":-1}}}`, `{"store":"embedded","costs":{"any":{"fixed_ns":1}}}`,
	} {
		path := filepath.Join(t.TempDir(), store.CalibrationFile)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, _, err := store.ReadCalibration(path, "embedded")
		require.ErrorIs(t, err, eyeshot.ErrInvalid, text)
		require.ErrorContains(t, err, "measure again", text)
	}
}
