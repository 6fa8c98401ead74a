package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	root := newRoot(newCLI(streams{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}}, nil))
	require.Greater(t, len(root.Commands()), 2, "more than help and completion")
	walk(root, func(cmd *cobra.Command) {
		path := strings.Fields(cmd.CommandPath())
		var out, errs bytes.Buffer
		args := append(path[1:], "--help")
		require.Equal(t, exitOK, run(context.Background(), args, streams{in: strings.NewReader(""), out: &out, err: &errs}, nil), args)
		require.Empty(t, errs.String(), "%v: help is what was asked for", args)
		require.NotEmpty(t, cmd.Short, args)
		require.NotEmpty(t, cmd.Example, "%v has no example", args)
		require.Contains(t, cmd.Example, cmd.Name(), args)
		require.Contains(t, out.String(), "Examples:\n"+cmd.Example, args)
	})
}

func TestEveryFlagSaysWhatItIsFor(t *testing.T) {
	root := newRoot(newCLI(streams{}, nil))
	walk(root, func(cmd *cobra.Command) {
		for _, line := range strings.Split(cmd.LocalFlags().FlagUsages(), "\n") {
			if line != "" {
				require.GreaterOrEqual(t, len(strings.Fields(line)), 4, "%s: %q", cmd.CommandPath(), line)
			}
		}
	})
}

func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, child := range cmd.Commands() {
		walk(child, visit)
	}
}
