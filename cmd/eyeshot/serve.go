package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

// serving is what serve --json prints once it takes connections.
type serving struct {
	URL     string `json:"url"`
	DataDir string `json:"data_dir"`
	Version string `json:"version"`
}

func newServe(c *cli) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Runs the HTTP server until it is interrupted, and then finishes the requests
that are in flight; a second interrupt ends it at once. Everything it keeps is in
the data directory. With --json it prints where it listens, as soon as it does.`,
		Example: `  eyeshot serve
  eyeshot serve --listen 0.0.0.0:8480 --data-dir /var/lib/eyeshot
  eyeshot serve --config eyeshot.yml`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.runServe(cmd.Context(), listen)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "address to listen on (default from the configuration: 127.0.0.1:8480)")
	return cmd
}

func (c *cli) runServe(ctx context.Context, listen string) (err error) {
	cfg, logger, err := c.load()
	if err != nil {
		return err
	}
	if listen != "" {
		cfg.HTTP.Listen = listen
	}
	product, err := app.Open(ctx, cfg, app.Options{Logger: logger, Version: version})
	if err != nil {
		return stopped(ctx, err)
	}
	defer func() { err = errors.Join(err, product.Close()) }()
	var printed error
	err = product.Serve(ctx, func(url string) { printed = c.listening(url, cfg) })
	return errors.Join(err, printed)
}

func (c *cli) listening(url string, cfg config.Config) error {
	if c.json {
		return c.print(serving{URL: url, DataDir: cfg.DataDir, Version: version}, "")
	}
	_, err := fmt.Fprintf(c.err, "eyeshot listens on %s (data in %s); Ctrl-C ends it\n", url, cfg.DataDir)
	return err
}

// stopped is the error of something that was under way when ctx ended: none,
// where it is the end that stopped it.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
