package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
)

func TestTheCommandOfAReportDoesTheRunAgain(t *testing.T) {
	cmd := &cobra.Command{Use: "filter"}
	var sets []string
	var report, name string
	var documents int
	cmd.Flags().StringArrayVar(&sets, "only", nil, "")
	cmd.Flags().StringVar(&report, "report", "", "")
	cmd.Flags().StringVar(&name, "fault", "", "")
	cmd.Flags().IntVar(&documents, "documents", 7, "")
	cmd.Flags().Bool("whole", false, "")
	require.NoError(t, cmd.ParseFlags([]string{"--only", "ours", "--only=private index", "--report", "out", "--fault", "a b", "--whole"}))
	require.Equal(t, `filter --fault "a b" --only ours --only "private index" --whole=true`, commandLine(cmd))
}

func TestABenchmarkPrintsATableOrJSONAndLeavesAReportThatCanBeCompared(t *testing.T) {
	dir := t.TempDir()
	args := []string{"bench", "index", "--documents", "1000", "--samples", "5", "--listed", "50", "--seed", "3"}
	code, out, errs := runs(t, append(args, "--report", dir)...)
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "bytes a document")
	require.Contains(t, out, "again: eyeshot bench index --documents 1000")
	path := filepath.Join(dir, "index.json")
	code, out, errs = runs(t, "bench", "compare", path, path)
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "no difference seen")

	code, out, errs = runs(t, append(args, "--json")...)
	require.Equal(t, exitOK, code, errs)
	var printed benchreport.Report
	require.NoError(t, json.Unmarshal([]byte(out), &printed))
	require.Equal(t, uint64(3), printed.Seed)
	require.Positive(t, printed.Machine.Cores)
	require.NotEmpty(t, printed.Versions.Go)
	require.EqualValues(t, 1000, printed.World["documents"])
}

func TestRunsOfOtherWorldsAreNotComparedUnlessToldTo(t *testing.T) {
	dir := t.TempDir()
	for name, seed := range map[string]string{"a": "1", "b": "2"} {
		code, _, errs := runs(t, "bench", "index", "--documents", "1000", "--samples", "5", "--listed", "-1", "--seed", seed, "--report", filepath.Join(dir, name))
		require.Equal(t, exitOK, code, errs)
	}
	a, b := filepath.Join(dir, "a", "index.json"), filepath.Join(dir, "b", "index.json")
	code, out, errs := runs(t, "bench", "compare", a, b)
	require.Equal(t, exitUsage, code)
	require.Empty(t, out)
	require.Contains(t, errs, "seed 1 and 2")
	code, out, _ = runs(t, "bench", "compare", "--anyway", a, b)
	require.Equal(t, exitOK, code)
	require.Contains(t, out, "not the same: seed 1 and 2")
	code, _, _ = runs(t, "bench", "compare", a)
	require.Equal(t, exitUsage, code)
	require.NoError(t, os.WriteFile(a, []byte("[]"), 0o600))
	code, _, _ = runs(t, "bench", "compare", a, b)
	require.Equal(t, exitUsage, code)
}

func TestASoakThatFindsSomethingExitsWithOne(t *testing.T) {
	code, out, errs := runs(t, "bench", "churn", "--duration", "3s", "--documents", "40", "--users", "6", "--fault", "open-gate")
	require.Equal(t, exitFailed, code, errs)
	require.Contains(t, out, "not met")
	require.Regexp(t, `\d+ leaks`, errs)
	code, _, _ = runs(t, "bench", "churn", "--fault", "everything")
	require.Equal(t, exitUsage, code)
}

// runs runs one command line.
func runs(t *testing.T, args ...string) (exit int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	exit = run(t.Context(), args, streams{in: strings.NewReader(""), out: &stdout, err: &stderr}, nil)
	return exit, stdout.String(), stderr.String()
}
