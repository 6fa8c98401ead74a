package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/demo"
	"github.com/eyeshot-dev/eyeshot/internal/obs"
)

func newDemo(c *cli) *cobra.Command {
	var listen string
	var exit bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See it work: two companies, one question, one revocation",
		Long: `Starts the whole product in a temporary directory, brings in the tickets and
documents of two invented companies, and walks through what permissions do to
their searches. Then it stays up, with tokens and lines to try, until it is
interrupted. It needs nothing but this program and leaves nothing behind.

With --json the story goes to standard error, and each step with what was expected
and what came out to standard output.`,
		Example: `  eyeshot demo
  eyeshot demo --exit
  eyeshot demo --exit --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.runDemo(cmd.Context(), listen, exit)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "address to listen on (port 0: any that is free)")
	cmd.Flags().BoolVar(&exit, "exit", false, "end after the walk; exit 0 only if every step came out as it says")
	return cmd
}

func (c *cli) runDemo(ctx context.Context, listen string, exit bool) (err error) {
	// A reader that goes away, as in "eyeshot demo | head", must not kill the
	// process before it has tidied up.
	signal.Ignore(syscall.SIGPIPE)
	dir, err := os.MkdirTemp("", "eyeshot-demo-")
	if err != nil {
		return fmt.Errorf("making a temporary directory (TMPDIR says where): %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	product, err := c.openDemo(ctx, dir, listen)
	if err == nil {
		defer func() { err = errors.Join(err, product.Close()) }()
		err = c.walkDemo(ctx, product, dir, exit)
	}
	switch {
	case ctx.Err() != nil && exit:
		return errors.New("interrupted before the walk was at its end")
	case ctx.Err() != nil, errors.Is(err, syscall.EPIPE): // who watched has seen enough
		return nil
	}
	return err
}

func (c *cli) openDemo(ctx context.Context, dir, listen string) (*app.App, error) {
	cfg := config.Default()
	cfg.DataDir, cfg.HTTP.Listen, cfg.Log.Level = filepath.Join(dir, "data"), listen, "error"
	if c.logLevel != "" {
		cfg.Log.Level = c.logLevel
	}
	logger, err := obs.NewLogger(c.err, cfg.Log.Level, cfg.Log.Format)
	if err != nil {
		return nil, err
	}
	return app.Open(ctx, cfg, app.Options{Logger: logger, Version: version})
}

// walkDemo runs the server beside the walk, and ends both together.
func (c *cli) walkDemo(ctx context.Context, product *app.App, dir string, exit bool) error {
	story := c.storyTo()
	walk, err := demo.New(demo.Config{
		Product: product, Out: story, Color: c.colorful(story), Width: terminalWidth(story),
		Command: commandName(), Tokens: filepath.Join(dir, "tokens.sh"),
	})
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	urls, served := make(chan string, 1), make(chan error, 1)
	go func() { served <- product.Serve(serving, func(url string) { urls <- url }) }()
	select {
	case err := <-served:
		return err
	case url := <-urls:
		err := c.tellDemo(ctx, walk, url, exit)
		stop()
		return errors.Join(err, <-served)
	}
}

// tellDemo walks, and then stays until ctx ends unless it is to exit.
func (c *cli) tellDemo(ctx context.Context, walk *demo.Demo, url string, exit bool) error {
	report, err := walk.Walk(ctx, url)
	if err == nil && !exit {
		report, err = walk.Try(ctx)
	}
	if c.json && ctx.Err() == nil {
		err = errors.Join(err, c.print(report, ""))
	}
	if err == nil && !exit {
		<-ctx.Done()
	}
	return err
}

// storyTo is where the story is told: results go to standard output, and with
// --json those are the report.
func (c *cli) storyTo() io.Writer {
	if c.json {
		return c.err
	}
	return c.out
}

// commandName is what a person types to run this program: "go run" builds it
// into a directory that is nowhere in the PATH.
func commandName() string {
	path, err := os.Executable()
	if err == nil && strings.Contains(filepath.ToSlash(path), "/go-build") {
		return "go run ./cmd/eyeshot"
	}
	return "eyeshot"
}
