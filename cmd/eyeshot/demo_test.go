package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/demo"
)

func TestTheDemoComesOutAsItSays(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out, story bytes.Buffer
	code := run(t.Context(), []string{"demo", "--exit", "--json"}, streams{in: strings.NewReader(""), out: &out, err: &story}, nil)
	require.Equal(t, exitOK, code, story.String())
	var report demo.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &report))
	require.True(t, report.Passed)
	require.Len(t, report.Steps, 7)
	for _, step := range report.Steps[1:] {
		require.NotEmpty(t, step.Expectations, step.Title)
		for _, expectation := range step.Expectations {
			require.True(t, expectation.Held, expectation.What)
		}
	}
	require.Empty(t, report.Tokens, "nobody is left to use them")
	require.NotContains(t, story.String(), "\x1b", "colours are for terminals")
	for _, line := range strings.Split(story.String(), "\n") {
		require.LessOrEqual(t, len([]rune(line)), plainWidth, line)
	}
}

func TestAWalkThatWasCutShortDoesNotPass(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for flag, want := range map[string]int{"--exit": exitFailed, "--exit=false": exitOK} {
		var out, errs bytes.Buffer
		require.Equal(t, want, run(ctx, []string{"demo", flag}, streams{in: strings.NewReader(""), out: &out, err: &errs}, nil), errs.String())
		require.NotContains(t, out.String(), "held")
	}
}
