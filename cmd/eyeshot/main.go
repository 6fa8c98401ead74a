// Command eyeshot runs permission-aware search: the server, and what it takes
// to feed it and to try it. It parses, builds and runs; the work is elsewhere.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(execute()) }

// execute runs the process's own command line until it ends or is interrupted.
func execute() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal asks for a clean end; from then on signals do what they
	// always do, so a second one ends the process at once.
	defer context.AfterFunc(ctx, stop)()
	return run(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Environ())
}
