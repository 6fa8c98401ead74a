package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// CalibrationFile is the calibration's name in the data directory.
const CalibrationFile = "calibration.json"

// Calibration is what the ways of a store were measured to cost, on the machine
// that it runs on.
type Calibration struct {
	Store      string    `json:"store"` // [Capabilities.Name]
	Machine    string    `json:"machine"`
	MeasuredAt time.Time `json:"measured_at"`
	Documents  int       `json:"documents"` // of the largest world measured
	Dimension  int       `json:"dimension"` // of the vectors
	Costs      Costs     `json:"costs"`
}

// ReadCalibration reads a calibration of the named store. Where there is none,
// or it is of another store, the built-in figures count: ok is false. A file
// that can't be understood is [eyeshot.ErrInvalid].
func ReadCalibration(path, name string) (calibration Calibration, ok bool, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return calibration, false, nil
	}
	if err != nil {
		return calibration, false, fmt.Errorf("read the calibration: %w", err)
	}
	if err := json.Unmarshal(data, &calibration); err != nil {
		return calibration, false, fmt.Errorf("%w: the calibration %s: %w: remove it, or measure again", eyeshot.ErrInvalid, path, err)
	}
	for way, cost := range calibration.Costs {
		if way == Any || !cost.plausible() {
			return calibration, false, eyeshot.Invalid("calibration", path, fmt.Sprintf("has a cost of way %s that is negative or missing: remove it, or measure again", way))
		}
	}
	return calibration, calibration.Store == name, nil
}

// plausible says whether a search could cost that.
func (c Cost) plausible() bool {
	return c != Cost{} && min(c.Fixed, c.PerAllowed, c.PerDocument, c.PerMembership, c.PerVisited) >= 0
}

// Write puts the calibration in place of the one that was there, whole or not
// at all.
func (c Calibration) Write(path string) error {
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("write the calibration: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), CalibrationFile+".*")
	if err != nil {
		return fmt.Errorf("write the calibration: %w", err)
	}
	defer os.Remove(temporary.Name()) // no effect once it is renamed
	_, err = temporary.Write(append(data, '\n'))
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return fmt.Errorf("write the calibration: %w", err)
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return fmt.Errorf("write the calibration: %w", err)
	}
	return nil
}
