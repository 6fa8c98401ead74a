package app

import (
	"path/filepath"

	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// newPlanner returns the planner for the store that is open, with the figures
// that `eyeshot bench calibrate` left in the data directory, or the driver's own.
func (a *App) newPlanner() (filters.Planner, error) {
	capabilities := a.Store.Capabilities()
	measured, ok, err := store.ReadCalibration(filepath.Join(a.dir.path, store.CalibrationFile), capabilities.Name)
	if err != nil {
		return filters.Planner{}, err
	}
	if !ok {
		return filters.NewPlanner(capabilities, nil), nil
	}
	a.logger.Info("searches are planned by what was measured here", "store", measured.Store, "machine", measured.Machine, "at", measured.MeasuredAt)
	return filters.NewPlanner(capabilities, measured.Costs), nil
}
