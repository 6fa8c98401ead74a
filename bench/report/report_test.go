package report_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

func run(seed uint64, samples ...float64) *report.Report {
	r := &report.Report{
		Bench: "filter", Command: "eyeshot bench filter", Seed: seed, World: map[string]any{"documents": 1000},
		Machine: report.Machine{OS: "linux", Cores: 2, Load: "0.5"},
		Tables:  []report.Table{{Title: "Latency", Head: []string{"strategy", "p50"}, Rows: [][]string{{"ours", "1.5"}, {"<b>over-fetch</b>", "30"}}}},
		Plots: []report.Plot{{Title: "latency & selectivity", X: "allowed", Y: "µs", LogX: true, LogY: true, Lines: []report.Line{
			{Name: "ours", Points: [][2]float64{{0.01, 10}, {1, 100}, {0, 5}, {2, math.NaN()}}}, {Name: "none"}}}},
		Goals: []report.Goal{{Name: "leaks", Value: 0, Bound: 0}, {Name: "none", Value: math.NaN()}, {Name: "gap", Value: 3, Bound: 10, AtLeast: true}},
	}
	r.Add("ours p50", "µs", 2, samples)
	return r
}

func TestAReportThatWasSavedIsReadBackAsItWas(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	saved := run(1, 1, 2, 3)
	_, err := saved.Save(dir)
	require.NoError(t, err)
	read, err := report.Load(filepath.Join(dir, "filter.json"))
	require.NoError(t, err)
	require.Equal(t, saved.Measures, read.Measures)
	_, err = report.Compare(saved, read, false)
	require.NoError(t, err, "the same world, though one of the two went through JSON")
}

func TestTheTextNamesEachGoalAsMetOrNot(t *testing.T) {
	text := run(7).Text()
	require.Contains(t, text, "Goals")
	require.Regexp(t, `leaks +0 +≤ 0 +met`, text)
	require.Regexp(t, `gap +3 +≥ 10 +not met`, text)
	require.Contains(t, text, "seed 7")
	require.Equal(t, 2, run(7).Unmet())
	require.False(t, report.Goal{Value: math.NaN(), Bound: 1}.Met(), "no figure is no success")
}

func TestAGoalThatWasNotRunIsNeitherMetNorMissed(t *testing.T) {
	r := run(7)
	r.Goals = []report.Goal{{Name: "row security", Bound: 13.5, NotRun: "needs --postgres"}}
	require.False(t, r.Goals[0].Met(), "though 0 is below its bound")
	require.Zero(t, r.Unmet())
	require.Regexp(t, `row security +- +≤ 13.5 +not run: needs --postgres`, r.Text())
	encoded, err := json.Marshal(r.Goals[0])
	require.NoError(t, err)
	require.Contains(t, string(encoded), `"value":null`, "no figure that somebody could take for one")
}

func TestThePageStandsAloneAndEscapesWhatItShows(t *testing.T) {
	page, err := run(1).Save(t.TempDir())
	require.NoError(t, err)
	raw, err := os.ReadFile(page)
	require.NoError(t, err)
	text := string(raw)
	require.Contains(t, text, "<svg")
	require.Contains(t, text, "&lt;b&gt;over-fetch")
	require.NotContains(t, text, "<b>over-fetch")
	for _, loads := range []string{"<script", "<link", "src=", "@import", "url("} {
		require.NotContains(t, text, loads)
	}
}

func TestAPlotIsWellFormedWhateverItsPointsAre(t *testing.T) {
	for _, plot := range append(run(1).Plots, report.Plot{}, report.Plot{LogX: true, Lines: []report.Line{{Points: [][2]float64{{1, 1}}}}}) {
		svg, err := plot.SVG()
		require.NoError(t, err)
		decoder := xml.NewDecoder(strings.NewReader(string(svg)))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
		}
	}
}

func TestRunsThatDifferInMoreThanTheProgramAreNotCompared(t *testing.T) {
	for name, other := range map[string]*report.Report{
		"seed":      run(2),
		"documents": func() *report.Report { r := run(1); r.World["documents"] = 5; return r }(),
		"users":     func() *report.Report { r := run(1); r.World["users"] = 5; return r }(),
		"machine":   func() *report.Report { r := run(1); r.Machine.Cores = 8; return r }(),
	} {
		_, err := report.Compare(run(1), other, false)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
		require.ErrorContains(t, err, name)
		table, err := report.Compare(run(1), other, true)
		require.NoError(t, err)
		require.Contains(t, table.Title, name, "told to compare them, it says what differs")
	}
	other := run(1)
	other.Machine.Load = "9"
	_, err := report.Compare(run(1), other, false)
	require.NoError(t, err, "how busy it was is no other machine")
	other.Bench = "index"
	_, err = report.Compare(run(1), other, true)
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
}

func TestAComparisonTellsADifferenceFromNoise(t *testing.T) {
	var low, same, high []float64
	for i := range 100 {
		low, same, high = append(low, float64(10+i%7)), append(same, float64(10+(i+3)%7)), append(high, float64(30+i%7))
	}
	for want, b := range map[string][]float64{"more": high, "no difference seen": same} {
		table, err := report.Compare(run(1, low...), run(1, b...), false)
		require.NoError(t, err)
		require.Equal(t, want, table.Rows[0][5])
	}
	table, err := report.Compare(run(1, high...), run(1, low...), false)
	require.NoError(t, err)
	require.Equal(t, "less", table.Rows[0][5])
	require.Equal(t, "ours p50", table.Rows[0][0])
}

func TestWhatIsNoReportIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	require.NoError(t, os.WriteFile(path, []byte("{}"), 0o600))
	_, err := report.Load(path)
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
	_, err = report.Load(path + ".not-there")
	require.ErrorIs(t, err, eyeshot.ErrInvalid)
}
