package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// background is what a script has left running.
type background struct {
	environ []string // that the script begins with
	cmd     *exec.Cmd
	stdout  io.Reader
	stderr  bytes.Buffer
}

// backgroundKey finds it among a script's values.
type backgroundKey struct{}

// exits runs a command and wants exactly that exit code: exits CODE COMMAND...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	if got := code(ts.Exec(args[1], args[2:]...)); strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

func code(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// parses wants all of standard output to be one JSON value.
func parses(ts *testscript.TestScript, neg bool, _ []string) {
	if json.Valid([]byte(ts.ReadFile("stdout"))) == neg {
		ts.Fatalf("is JSON: %t", !neg)
	}
}

// keep puts standard output into a variable: keep NAME.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// pack compresses a file: pack FROM TO.
func pack(ts *testscript.TestScript, _ bool, args []string) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := io.WriteString(w, ts.ReadFile(args[0]))
	ts.Check(errors.Join(err, w.Close()))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out.Bytes(), 0o600))
}

// empty wants a directory to hold nothing, or not to be there.
func empty(ts *testscript.TestScript, _ bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	if err != nil && !errors.Is(err, os.ErrNotExist) || len(entries) > 0 {
		ts.Fatalf("%s holds %v (%v)", args[0], entries, err)
	}
}

// start starts a command and waits until it has printed a JSON value, whose
// "url" is then in the variable URL: start COMMAND...
func start(ts *testscript.TestScript, neg bool, args []string) {
	b := ts.Value(backgroundKey{}).(*background)
	if neg || len(args) == 0 || b.cmd != nil {
		ts.Fatalf("usage: start COMMAND..., one at a time")
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stderr = ts.MkAbs("."), b.environ, &b.stderr
	var err error
	b.stdout, err = cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	b.cmd = cmd
	ts.Defer(func() {
		if b.cmd != nil { // the script did not come to its end
			_, _ = cmd.Process.Kill(), cmd.Wait()
		}
	})
	var printed struct{ URL string }
	if err := json.NewDecoder(b.stdout).Decode(&printed); err != nil {
		ts.Fatalf("it printed no JSON: %v", err)
	}
	ts.Setenv("URL", printed.URL)
}

// interrupt sends Ctrl-C to what was started, waits for its end and wants an
// exit code: interrupt CODE. Its standard error is then in the file log.
func interrupt(ts *testscript.TestScript, _ bool, args []string) {
	b := ts.Value(backgroundKey{}).(*background)
	ts.Check(b.cmd.Process.Signal(os.Interrupt))
	rest, err := io.ReadAll(b.stdout)
	ts.Check(err)
	got := code(b.cmd.Wait())
	b.cmd = nil
	ts.Check(os.WriteFile(ts.MkAbs("log"), b.stderr.Bytes(), 0o600))
	if strconv.Itoa(got) != args[0] || len(bytes.TrimSpace(rest)) > 0 {
		ts.Fatalf("exit code %d, want %s; and on standard output %q\n%s", got, args[0], rest, &b.stderr)
	}
}
