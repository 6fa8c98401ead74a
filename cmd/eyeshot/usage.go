package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// usageError is a command line that can't be taken.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// noArgs refuses arguments; on the root, a word that is no command gets the
// nearest that is.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasParent() {
		return usagef("%s takes no argument, but got %q; see %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return usagef("there is no command %q; did you mean %s?", args[0], strings.Join(near, " or "))
	}
	return usagef("there is no command %q; see eyeshot --help", args[0])
}

// needsArg makes a command take one argument or more; what says which.
func needsArg(most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 || len(args) > most {
			return usagef("%s; see %s --help", what, cmd.CommandPath())
		}
		return nil
	}
}

// apart refuses flags that are given together with --server, with the reason.
func apart(cmd *cobra.Command, reason string, flags ...string) error {
	for _, name := range flags {
		if cmd.Flags().Changed(name) {
			return usagef("--%s does not go with --server: %s", name, reason)
		}
	}
	return nil
}

// addCobrasOwn adds the commands that cobra brings along, with examples as ours
// have them.
func addCobrasOwn(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Example = "  eyeshot help ingest"
		case "completion":
			cmd.Example = "  source <(eyeshot completion bash)"
			for _, shell := range cmd.Commands() {
				shell.Example = "  eyeshot completion " + shell.Name()
				shell.Args = noArgs
			}
		}
	}
}
