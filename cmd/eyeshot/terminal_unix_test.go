//go:build unix

package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

func openTerminal(t *testing.T) *os.File {
	t.Helper()
	file, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("this machine gives no terminal: %v", err)
	}
	t.Cleanup(func() { _ = file.Close() })
	if !term.IsTerminal(int(file.Fd())) {
		t.Skip("this system's /dev/ptmx is no terminal by itself")
	}
	return file
}

func TestTextIsAsWideAsTheTerminal(t *testing.T) {
	terminal := openTerminal(t)
	require.NoError(t, unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: 72, Row: 20}))
	require.Equal(t, 72, terminalWidth(terminal))
	require.Equal(t, plainWidth, terminalWidth(&bytes.Buffer{}))
}

func TestColoursAreForTerminalsThatWantThem(t *testing.T) {
	terminal := openTerminal(t)
	for environ, want := range map[string]bool{"TERM=xterm": true, "NO_COLOR=": true, "NO_COLOR=1": false, "TERM=dumb": false} {
		require.Equal(t, want, newCLI(streams{}, []string{environ}).colorful(terminal), environ)
	}
	require.False(t, newCLI(streams{}, nil).colorful(&bytes.Buffer{}))
}
