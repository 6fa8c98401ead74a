package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/indexer"
)

// interrupter ends a context as soon as something is written to it.
type interrupter struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (i *interrupter) Write(p []byte) (int, error) {
	i.cancel()
	return i.Buffer.Write(p)
}

const manyLines = 600 // more than two lots

func writeLines(t *testing.T) string {
	t.Helper()
	var lines strings.Builder
	for i := range manyLines {
		fmt.Fprintf(&lines, `{"id":"%d","type":"document","title":"Number %d","text":"x","relationships":[{"user":"user:alice","relation":"viewer"}]}`+"\n", i, i)
	}
	path := filepath.Join(t.TempDir(), "many.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(lines.String()), 0o600))
	return path
}

func TestAnIngestThatWasInterruptedGoesOnWhereItStopped(t *testing.T) {
	file, data := writeLines(t), t.TempDir()
	args := []string{"ingest", "--data-dir", data, "--tenant", "acme", "--json", file}

	ctx, cancel := context.WithCancel(t.Context())
	told := &interrupter{cancel: cancel} // by the first line of progress
	var out bytes.Buffer
	interrupted := newCLI(streams{in: strings.NewReader(""), out: &out, err: told}, nil)
	interrupted.lineEvery = time.Nanosecond
	require.Equal(t, exitFailed, interrupted.run(ctx, args))
	first := report(t, out.Bytes())
	require.Positive(t, first.Documents)
	require.Less(t, first.Documents, manyLines)
	require.Contains(t, told.String(), fmt.Sprintf("interrupted after %d documents; the same command goes on from here", first.Documents))

	var again, said bytes.Buffer
	require.Equal(t, exitOK, run(t.Context(), args, streams{in: strings.NewReader(""), out: &again, err: &said}, nil), said.String())
	require.Contains(t, said.String(), fmt.Sprintf("going on after line %d, where the last ingest of this file stopped", first.Documents))
	second := report(t, again.Bytes())
	require.Equal(t, manyLines, first.Documents+second.Documents)
	require.Equal(t, manyLines, first.Written+second.Written)

	var all bytes.Buffer
	require.Equal(t, exitOK, run(t.Context(), args, streams{in: strings.NewReader(""), out: &all, err: io.Discard}, nil))
	third := report(t, all.Bytes())
	require.Equal(t, manyLines, third.Unchanged, "nothing was lost, and nothing is embedded again")
}

// What was dropped has to be read from its beginning, wherever the last run of
// the source had stopped.
func TestANewIndexIsReadFromTheBeginning(t *testing.T) {
	file, data := writeLines(t), t.TempDir()
	args := []string{"ingest", "--data-dir", data, "--tenant", "acme", "--json", file}
	ctx, cancel := context.WithCancel(t.Context())
	interrupted := newCLI(streams{in: strings.NewReader(""), out: io.Discard, err: &interrupter{cancel: cancel}}, nil)
	interrupted.lineEvery = time.Nanosecond
	require.Equal(t, exitFailed, interrupted.run(ctx, args))

	var out, said bytes.Buffer
	require.Equal(t, exitOK, run(t.Context(), append(args, "--reindex"), streams{in: strings.NewReader(""), out: &out, err: &said}, nil), said.String())
	require.Equal(t, manyLines, report(t, out.Bytes()).Written)
	require.NotContains(t, said.String(), "going on after")
}

func report(t *testing.T, text []byte) (out indexer.Report) {
	t.Helper()
	require.NoError(t, json.Unmarshal(text, &out), string(text))
	return out
}
