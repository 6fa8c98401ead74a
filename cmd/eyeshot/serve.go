package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/internal/app"
)

func newServe(c *cli) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Runs the HTTP server until it is interrupted, and then finishes the requests
that are in flight. Everything it keeps is in the data directory.`,
		Example: `  eyeshot serve
  eyeshot serve --listen 0.0.0.0:8480 --data-dir /var/lib/eyeshot
  eyeshot serve --config eyeshot.yml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, logger, err := c.load()
			if err != nil {
				return err
			}
			if listen != "" {
				cfg.HTTP.Listen = listen
			}
			product, err := app.Open(cmd.Context(), cfg, app.Options{Logger: logger, Version: version})
			if err != nil {
				return err
			}
			defer func() {
				if err := product.Close(); err != nil {
					logger.Error("closing", "error", err)
				}
			}()
			return product.Serve(cmd.Context(), func(url string) {
				fmt.Fprintf(c.err, "eyeshot listens on %s (data in %s)\n", url, cfg.DataDir)
			})
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "address to listen on (default from the configuration: 127.0.0.1:8480)")
	return cmd
}
