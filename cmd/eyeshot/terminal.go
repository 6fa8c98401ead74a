package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// plainWidth is how wide text is laid out where there is no terminal.
const plainWidth = 100

// terminalWidth returns the number of columns of the terminal behind w, or
// plainWidth where there is none.
func terminalWidth(w io.Writer) int {
	file, ok := terminalOf(w)
	if !ok {
		return plainWidth
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		return plainWidth
	}
	return width
}

func terminalOf(w io.Writer) (*os.File, bool) {
	file, ok := w.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

// colorful says whether w is a terminal that takes colours
// (https://no-color.org).
func (c *cli) colorful(w io.Writer) bool {
	_, ok := terminalOf(w)
	return ok && c.environ.get("NO_COLOR") == "" && c.environ.get("TERM") != "dumb"
}
