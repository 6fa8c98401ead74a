package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/sources"
)

func newSync(c *cli) *cobra.Command {
	var r remote
	var full, permissions bool
	cmd := &cobra.Command{
		Use:   "sync NAME",
		Short: "Read a source now",
		Long: `Reads what has changed in a configured source since it was last read, or
everything where that is not known. With --permissions it reads who may read what,
and no content. A sync that was interrupted goes on where it stopped, and only one
that has read everything deletes what it has not seen.

It works on the data directory, which no server may have open; with --server the
server runs the sync, for a token of an admin. A server reads its sources by
itself, on the schedules of the configuration.`,
		Example: `  eyeshot sync jira-main
  eyeshot sync --permissions jira-main
  eyeshot sync --full --server http://127.0.0.1:8480 jira-main`,
		Args: needsArg(1, "the name of one source is required; eyeshot sources list shows them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			mode, err := modeOf(full, permissions)
			if err != nil {
				return err
			}
			return c.runSync(cmd.Context(), r, args[0], mode)
		},
	}
	r.flags(cmd)
	cmd.Flags().BoolVar(&full, "full", false, "read everything, and delete what is gone")
	cmd.Flags().BoolVar(&permissions, "permissions", false, "read who may read what, and no content")
	return cmd
}

func modeOf(full, permissions bool) (sync.Mode, error) {
	switch {
	case full && permissions:
		return "", usagef("--full and --permissions are both given; one of them is read")
	case full:
		return sync.Full, nil
	case permissions:
		return sync.Permissions, nil
	}
	return sync.Content, nil
}

func (c *cli) runSync(ctx context.Context, r remote, name string, mode sync.Mode) error {
	var record sources.Record
	var err error
	if r.used() {
		record, err = c.syncByServer(ctx, r, name, mode)
	} else {
		record, err = c.syncLocally(ctx, name, mode)
	}
	if record.ID == "" {
		return err
	}
	return errors.Join(c.print(record, renderSync(record)), err)
}

func (c *cli) syncLocally(ctx context.Context, name string, mode sync.Mode) (record sources.Record, err error) {
	err = c.withProduct(ctx, func(product *app.App) error {
		tenant, err := product.Sources.TenantOf(name)
		if err != nil {
			return err
		}
		seen := &counted{}
		bar := c.newCountBar(seen, "syncing")
		defer bar.end()
		record, err = product.Sources.Sync(ctx, tenant, name, mode, func(report sync.Report) {
			seen.n.Store(int64(report.Seen))
			bar.update(report.Seen)
		})
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted after %d documents; the next sync goes on from here", record.Report.Seen)
		}
		return unreachable(product.Config, err)
	})
	return record, err
}

// counted is a source of which only is known how much was read.
type counted struct{ n atomic.Int64 }

// Progress returns how much was read, of what is not known.
func (c *counted) Progress() (read, size int64) { return c.n.Load(), 0 }

// withProduct opens the data directory for one command.
func (c *cli) withProduct(ctx context.Context, do func(*app.App) error) (err error) {
	cfg, logger, err := c.load()
	if err != nil {
		return err
	}
	product, err := app.Open(ctx, cfg, app.Options{Logger: logger, Version: version})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, product.Close()) }()
	return do(product)
}

// pollSync is how often a server is asked how far a sync is.
const pollSync = 500 * time.Millisecond

func (c *cli) syncByServer(ctx context.Context, r remote, name string, mode sync.Mode) (record sources.Record, err error) {
	server, err := r.connect(c.environ)
	if err != nil {
		return record, err
	}
	if err := server.post(ctx, sourcePath(name, "sync"), map[string]any{"mode": mode}, &record, http.StatusAccepted); err != nil {
		return record, err
	}
	seen := &counted{}
	bar := c.newCountBar(seen, "syncing")
	defer bar.end()
	for record.State == sources.Running {
		select {
		case <-ctx.Done():
			return record, fmt.Errorf("the server goes on with sync %s", record.ID)
		case <-time.After(pollSync):
		}
		if err := server.get(ctx, "/v1/syncs/"+url.PathEscape(record.ID), &record); err != nil {
			return record, err
		}
		seen.n.Store(int64(record.Report.Seen))
		bar.update(record.Report.Seen)
	}
	if record.State == sources.Failed {
		return record, fmt.Errorf("%w: the sync failed: %s", eyeshot.ErrUnavailable, record.Error)
	}
	return record, nil
}

func sourcePath(name, what string) string { return "/v1/sources/" + url.PathEscape(name) + "/" + what }

func renderSync(record sources.Record) string {
	r := record.Report
	var b strings.Builder
	how := map[sync.Mode]string{sync.Full: "everything", sync.Content: "what changed", sync.Permissions: "permissions"}[r.Mode]
	if r.Resumed {
		how += ", going on with a sync that was interrupted"
	}
	fmt.Fprintf(&b, "%s (%s): %s in %.1f s, %s\n", record.Source, how, record.State, r.Seconds, count(int(r.Requests), "request"))
	fmt.Fprintf(&b, "%s seen: %d changed (%s embedded), %d unchanged, %d deleted\n", count(r.Seen, "document"), r.Changed, count(r.Embedded, "passage"), r.Unchanged, r.Deleted)
	fmt.Fprintf(&b, "%s added, %d removed", count(r.TuplesAdded, "tuple"), r.TuplesRemoved)
	for _, line := range []struct {
		n    int
		text string
	}{
		{r.HeldBack, "held back: they would be open much further than before; eyeshot sources review " + record.Source},
		{r.Unreadable, "readable by nobody: what they say, or who may read them, is not understood"},
		{r.Public, "open to everybody in the source, which the configuration does not allow"},
		{r.Unmapped, "accounts that are nobody's; eyeshot sources identities " + record.Source},
	} {
		if line.n > 0 {
			fmt.Fprintf(&b, "\n%d %s", line.n, line.text)
		}
	}
	renderLag(&b, "from a change to its being found", r.ContentLag)
	renderLag(&b, "from a change of permissions to its being in force, at most", r.PermissionLag)
	renderProblems(&b, r.Problems, r.ProblemsOmitted)
	return b.String()
}

func renderLag(b *strings.Builder, what string, lag sync.Lag) {
	if lag.Changes > 0 {
		fmt.Fprintf(b, "\n%s: half within %.1f s, all within %.1f s", what, lag.P50, lag.Max)
	}
}
