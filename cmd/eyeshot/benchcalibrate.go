package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot/bench/calibrate"
	benchreport "github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func newBenchCalibrate(c *cli) *cobra.Command {
	var f benchFlags
	var options calibrate.Options
	var keep, drop bool
	cmd := &cobra.Command{
		Use:   "calibrate",
		Short: "Measure the configured store, so that searches are planned by it",
		Long: `Measures what each way of searching the configured store costs on this machine,
and writes it to calibration.json in the data directory, where the next start of
the server finds it. Until then, and for other stores, built-in figures count.

The embedded store is measured in a temporary directory; in any other, a tenant
named eyeshot-calibration is made and dropped at the end. Measure while the
machine does what it usually does, and again after moving to another.`,
		Example: `  eyeshot bench calibrate
  eyeshot bench calibrate --documents 200000 --dry-run`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options.Seed, options.Progress = f.seed, c.calibrateProgress()
			return c.bench(cmd, f, func(ctx context.Context) (*benchreport.Report, error) {
				return c.calibrate(ctx, options, !keep, drop)
			})
		},
	}
	f.flags(cmd)
	flags := cmd.Flags()
	flags.IntVar(&options.Documents, "documents", 20_000, "documents in the larger of the two worlds that are measured")
	flags.IntVar(&options.Dimension, "dimension", 256, "dimension of the vectors")
	flags.IntVar(&options.Queries, "queries", 15, "searches at each point")
	flags.BoolVar(&keep, "dry-run", false, "measure, and write nothing")
	flags.BoolVar(&drop, "drop", false, "first drop what a calibration that was killed has left in the store")
	return cmd
}

func (c *cli) calibrate(ctx context.Context, options calibrate.Options, write, drop bool) (_ *benchreport.Report, err error) {
	cfg, _, err := c.load()
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "eyeshot-calibrate-")
	if err != nil {
		return nil, fmt.Errorf("make a temporary directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	driver, err := app.OpenStore(ctx, cfg, scratch)
	if err != nil {
		return nil, err
	}
	service := store.NewService(driver, nil)
	defer func() { err = errors.Join(err, service.Close()) }()
	if drop {
		if err := calibrate.Drop(ctx, service); err != nil {
			return nil, err
		}
	}
	result, err := calibrate.Run(ctx, service, options)
	if err != nil {
		return nil, err
	}
	r := result.Report(options)
	if !write {
		return r, nil
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	path := filepath.Join(cfg.DataDir, store.CalibrationFile)
	r.Notes = append(r.Notes, "written to "+path+"; a server reads it when it starts")
	return r, result.Calibration.Write(path)
}

// calibrateProgress says how far it is, on a terminal only.
func (c *cli) calibrateProgress() func(done, of int) {
	if !c.colorful(c.err) {
		return nil
	}
	return func(done, of int) { fmt.Fprintf(c.err, "\r%d of %d points ", done+1, of) }
}
