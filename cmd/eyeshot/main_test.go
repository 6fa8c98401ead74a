package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

// TestMain lets scripts run the command as a process of its own, with real
// signals, pipes and exit codes.
func TestMain(m *testing.M) {
	testscript.Main(withoutLeaks{m}, map[string]func(){"eyeshot": func() { os.Exit(execute()) }})
}

// withoutLeaks fails where a command that has ended left a goroutine behind.
type withoutLeaks struct{ *testing.M }

func (w withoutLeaks) Run() int {
	code := w.M.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", os.Getenv("GORACE")) // how the race detector is set, see Makefile
			env.Values[backgroundKey{}] = &background{environ: env.Vars}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "json": parses, "keep": keep, "pack": pack, "start": start, "interrupt": interrupt, "empty": empty,
		},
	})
}
