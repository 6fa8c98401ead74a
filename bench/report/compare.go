package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/measure"
)

// Compare holds the measures of two runs against each other, as ratios b/a with
// confidence intervals where there are samples. Runs of different benchmarks,
// worlds or machines are [eyeshot.ErrInvalid], with what differs, unless anyway
// is set; then the table says it.
func Compare(a, b *Report, anyway bool) (Table, error) {
	table := Table{Title: "B over A", Head: []string{"", "A", "B", "B/A", "95%", ""}}
	if found := differences(a, b); len(found) > 0 {
		if !anyway || a.Bench != b.Bench {
			return table, fmt.Errorf("%w: these runs can't be compared: %s", eyeshot.ErrInvalid, strings.Join(found, "; "))
		}
		table.Title += " (not the same: " + strings.Join(found, "; ") + ")"
	}
	before := map[string]Measure{}
	for _, m := range a.Measures {
		before[m.Name] = m
	}
	for _, now := range b.Measures {
		if then, ok := before[now.Name]; ok {
			table.Rows = append(table.Rows, compareOne(then, now))
		}
	}
	return table, nil
}

// differences names what keeps figures of two runs apart.
func differences(a, b *Report) []string {
	var found []string
	if a.Bench != b.Bench {
		found = append(found, fmt.Sprintf("benchmark %s and %s", a.Bench, b.Bench))
	}
	if a.Seed != b.Seed {
		found = append(found, fmt.Sprintf("seed %d and %d", a.Seed, b.Seed))
	}
	for _, name := range names(a.World, b.World) {
		if x, y := asJSON(a.World[name]), asJSON(b.World[name]); x != y {
			found = append(found, fmt.Sprintf("world's %s %s and %s", name, x, y))
		}
	}
	if !a.Machine.Same(b.Machine) {
		found = append(found, fmt.Sprintf("machine %q and %q", a.Machine, b.Machine))
	}
	return found
}

func names(a, b map[string]any) []string {
	all := maps.Clone(a)
	if all == nil {
		return slices.Sorted(maps.Keys(b))
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// asJSON makes values equal that were read from JSON and that were not.
func asJSON(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}

func compareOne(a, b Measure) []string {
	row := []string{a.Name, strings.TrimSpace(Number(a.Value) + " " + a.Unit), strings.TrimSpace(Number(b.Value) + " " + b.Unit)}
	if len(a.Samples) == 0 || len(b.Samples) == 0 {
		return append(row, Number(b.Value/a.Value), "", "")
	}
	ratio := measure.Ratio(b.Samples, a.Samples, 0.5, false)
	verdict := "no difference seen"
	switch {
	case ratio.High < 1:
		verdict = "less"
	case ratio.Low > 1:
		verdict = "more"
	}
	return append(row, Number(ratio.Value), fmt.Sprintf("[%s, %s]", Number(ratio.Low), Number(ratio.High)), verdict)
}
