package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/demo"
	"github.com/eyeshot-dev/eyeshot/internal/obs"
)

const demoWidth = 130

func newDemo(c *cli) *cobra.Command {
	var listen string
	var exit bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See it work: two companies, five questions, one revocation",
		Long: `Starts the whole product in a temporary directory, brings in the tickets and
documents of two invented companies, and walks through what permissions do to
their searches. Then it stays up, with tokens and curl lines to try, until it is
interrupted. It needs nothing but this program and leaves nothing behind.`,
		Example: `  eyeshot demo
  eyeshot demo --exit`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.runDemo(cmd.Context(), listen, exit)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "address to listen on (port 0: any that is free)")
	cmd.Flags().BoolVar(&exit, "exit", false, "end after the walk; exit 0 only if every step came out as it says")
	return cmd
}

func (c *cli) runDemo(ctx context.Context, listen string, exit bool) (err error) {
	dir, err := os.MkdirTemp("", "eyeshot-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg := config.Default()
	cfg.DataDir, cfg.HTTP.Listen, cfg.Log.Level = dir, listen, "error"
	if c.logLevel != "" {
		cfg.Log.Level = c.logLevel
	}
	logger, err := obs.NewLogger(c.err, cfg.Log.Level, cfg.Log.Format)
	if err != nil {
		return err
	}
	product, err := app.Open(ctx, cfg, app.Options{Logger: logger, Version: version})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, product.Close()) }()
	walk, err := demo.New(product, c.out, c.colorful(), demoWidth)
	if err != nil {
		return err
	}
	return serveDemo(ctx, c, product, walk, exit)
}

// serveDemo runs the server beside the walk, and ends both together.
func serveDemo(ctx context.Context, c *cli, product *app.App, walk *demo.Demo, exit bool) error {
	serving, stop := context.WithCancel(ctx)
	defer stop()
	urls, served := make(chan string, 1), make(chan error, 1)
	go func() { served <- product.Serve(serving, func(url string) { urls <- url }) }()
	select {
	case err := <-served:
		return err
	case url := <-urls:
		err := walk.Walk(ctx, url)
		if err == nil && !exit {
			err = walk.Try(ctx, url)
		}
		if err == nil && !exit {
			fmt.Fprintf(c.err, "\nThe server stays up at %s until you press Ctrl-C.\n", url)
			<-ctx.Done()
		}
		stop()
		return errors.Join(err, <-served)
	}
}

// colorful says whether standard output is a terminal that takes colours
// (https://no-color.org).
func (c *cli) colorful() bool {
	file, ok := c.out.(*os.File)
	return ok && isatty.IsTerminal(file.Fd()) && os.Getenv("NO_COLOR") == ""
}
