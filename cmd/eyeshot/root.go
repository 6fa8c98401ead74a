package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/obs"
)

// streams are the process's standard streams. Results go to out, everything
// else to err.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// cli carries what all commands share.
type cli struct {
	streams
	environ    environ
	lineEvery  time.Duration // between two lines of progress where there is no terminal
	configFile string
	dataDir    string
	logLevel   string
	json       bool
}

// Exit codes. Others than 0 come with a message on standard error that says
// what to do.
const (
	exitOK          = 0
	exitFailed      = 1 // it was tried and did not work
	exitUsage       = 2 // the call, the configuration or the input is wrong
	exitDenied      = 3 // no valid principal, or it lacks a role
	exitUnavailable = 4 // OpenFGA, the store or the server can't be reached: try again
)

// run runs one command line and returns its exit code.
func run(ctx context.Context, args []string, s streams, environ []string) int {
	return newCLI(s, environ).run(ctx, args)
}

func newCLI(s streams, environ []string) *cli {
	return &cli{streams: s, environ: environ, lineEvery: 10 * time.Second}
}

func (c *cli) run(ctx context.Context, args []string) int {
	root := newRoot(c)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(c.err, "eyeshot: %v\n", err)
	return exitCode(err)
}

func exitCode(err error) int {
	var usage usageError
	switch {
	case errors.As(err, &usage), errors.Is(err, eyeshot.ErrInvalid):
		return exitUsage
	case errors.Is(err, eyeshot.ErrUnauthenticated), errors.Is(err, eyeshot.ErrForbidden):
		return exitDenied
	case errors.Is(err, eyeshot.ErrUnavailable):
		return exitUnavailable
	}
	return exitFailed
}

func newRoot(c *cli) *cobra.Command {
	root := &cobra.Command{
		Use:   "eyeshot",
		Short: "Search that only sees what its user may see",
		Long: `Eyeshot is permission-aware search for AI agents: tickets and documents come in
with their access rules, and an agent that searches with its user's token finds
what that user may read at this moment, and nothing else.

Results go to standard output, everything else to standard error. Exit codes: 0 it
worked; 1 it did not; 2 the call, the configuration or the input is wrong; 3 no
valid token, or a role is missing; 4 something can't be reached: try again.`,
		Example: `  eyeshot demo
  eyeshot search --help`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.SetIn(c.in)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see %s --help", err, cmd.CommandPath())
	})
	flags := root.PersistentFlags()
	flags.StringVar(&c.configFile, "config", "", "YAML file with the configuration (see docs/configuration.md)")
	flags.StringVar(&c.dataDir, "data-dir", "", "directory that holds everything (default from the configuration: eyeshot-data)")
	flags.StringVar(&c.logLevel, "log-level", "", "debug, info, warn or error")
	flags.BoolVar(&c.json, "json", false, "print results as JSON")
	root.AddCommand(newServe(c), newDemo(c), newIngest(c), newSync(c), newSources(c), newAudit(c), newSearch(c), newToken(c), newMigrate(c), newConfig(c), newBench(c), newVersion(c))
	addCobrasOwn(root)
	return root
}

// load reads the configuration and applies the flags that all commands share.
func (c *cli) load() (config.Config, *slog.Logger, error) {
	cfg, err := config.Load(c.configFile, c.environ.without(tokenEnv))
	if err != nil {
		return cfg, nil, err
	}
	if c.dataDir != "" {
		cfg.DataDir = c.dataDir
	}
	if c.logLevel != "" {
		cfg.Log.Level = c.logLevel
	}
	logger, err := obs.NewLogger(c.err, cfg.Log.Level, cfg.Log.Format)
	return cfg, logger, err
}

// print writes a result: as JSON where the caller asked for it, else as text.
func (c *cli) print(value any, text string) error {
	if !c.json {
		_, err := fmt.Fprintln(c.out, text)
		return err
	}
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// unreachable says where what does not answer was looked for.
func unreachable(cfg config.Config, err error) error {
	if !errors.Is(err, eyeshot.ErrUnavailable) {
		return err
	}
	where := ""
	if cfg.Authz.URL != "" {
		where += "; authz.url is " + cfg.Authz.URL
	}
	if cfg.Embedding.URL != "" {
		where += "; embedding.url is " + cfg.Embedding.URL
	}
	return fmt.Errorf("%w; try again when it answers%s", err, where)
}
