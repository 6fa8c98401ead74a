// Package report is what a benchmark leaves behind: a table that a person reads
// at a glance, JSON with everything that it takes to do it again, a page with
// plots that needs nothing else, and the comparison of two runs. It measures
// nothing.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Report is one run of one benchmark.
type Report struct {
	Bench    string         `json:"bench"`
	Command  string         `json:"command"` // that does it again
	At       time.Time      `json:"at"`
	Took     string         `json:"took"`
	Seed     uint64         `json:"seed"`
	World    map[string]any `json:"world"` // sizes and distributions: what else was measured is not comparable
	Machine  Machine        `json:"machine"`
	Versions Versions       `json:"versions"`
	Measures []Measure      `json:"measures"`
	Tables   []Table        `json:"tables"`
	Plots    []Plot         `json:"plots,omitempty"`
	Goals    []Goal         `json:"goals,omitempty"`
	Notes    []string       `json:"notes,omitempty"`
}

// Measure is one figure with the samples that it was taken from, where there
// are any. Two runs are compared by the names.
type Measure struct {
	Name    string    `json:"name"`
	Unit    string    `json:"unit"`
	Value   float64   `json:"value"`
	Samples []float64 `json:"samples,omitempty"`
}

// Table is rows of text below a heading.
type Table struct {
	Title string     `json:"title"`
	Head  []string   `json:"head"`
	Rows  [][]string `json:"rows"`
}

// Goal is a figure with what it should be.
type Goal struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit,omitempty"`
	Bound   float64 `json:"bound"`
	AtLeast bool    `json:"at_least"`          // the bound is the least that will do, not the most
	Command string  `json:"command,omitempty"` // that made the figure, where it is another than the report's
	NotRun  string  `json:"not_run,omitempty"` // why there is no figure: what it needs
}

// Met says whether the goal is reached. A figure that is none does not reach it,
// and neither does what was not run.
func (g Goal) Met() bool {
	if g.NotRun != "" {
		return false
	}
	if g.AtLeast {
		return g.Value >= g.Bound
	}
	return g.Value <= g.Bound
}

// MarshalJSON writes a figure that is none as null, which is what JSON has for it.
func (g Goal) MarshalJSON() ([]byte, error) {
	type plain Goal
	var value *float64
	if finite(g.Value) && g.NotRun == "" {
		value = &g.Value
	}
	return json.Marshal(struct {
		plain
		Value *float64 `json:"value"`
	}{plain(g), value})
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Unmet counts the goals that are not reached. What was not run is not among them.
func (r *Report) Unmet() int {
	n := 0
	for _, goal := range r.Goals {
		if !goal.Met() && goal.NotRun == "" {
			n++
		}
	}
	return n
}

// Add adds a measure. Values that JSON can't hold are left out.
func (r *Report) Add(name, unit string, value float64, samples []float64) {
	if !finite(value) {
		return
	}
	r.Measures = append(r.Measures, Measure{Name: name, Unit: unit, Value: value, Samples: thin(samples)})
}

// maxSamples bounds what a report keeps of one measure.
const maxSamples = 2000

// thin keeps every n-th sample.
func thin(samples []float64) []float64 {
	step := (len(samples) + maxSamples - 1) / maxSamples
	if step <= 1 {
		return samples
	}
	kept := make([]float64, 0, maxSamples)
	for i := 0; i < len(samples); i += step {
		kept = append(kept, samples[i])
	}
	return kept
}

// Save writes NAME.json and NAME.html into a directory, which it makes, and
// returns the path of the page.
func (r *Report) Save(dir string) (page string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the report's directory: %w", err)
	}
	encoded, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return "", fmt.Errorf("encode the report: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, r.Bench+".json"), encoded, 0o644); err != nil {
		return "", fmt.Errorf("write the report: %w", err)
	}
	page = filepath.Join(dir, r.Bench+".html")
	file, err := os.Create(page)
	if err != nil {
		return "", fmt.Errorf("write the report's page: %w", err)
	}
	if err := r.HTML(file); err != nil {
		file.Close()
		return "", err
	}
	return page, file.Close()
}

// Load reads the JSON of a report.
func Load(path string) (*Report, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", eyeshot.ErrInvalid, err)
	}
	defer file.Close()
	return decode(path, file)
}

func decode(path string, from io.Reader) (*Report, error) {
	var r Report
	if err := json.NewDecoder(from).Decode(&r); err != nil {
		return nil, fmt.Errorf("%w: %s is no report of eyeshot bench: %w", eyeshot.ErrInvalid, path, err)
	}
	if r.Bench == "" {
		return nil, eyeshot.Invalid("report", path, "names no benchmark: it is not what eyeshot bench wrote")
	}
	return &r, nil
}
