package sync

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
)

// content reads what has changed, or everything: at first, after an interrupted
// snapshot, and where the connector can't tell what changed.
func (r *run) content(ctx context.Context) error {
	since, err := r.load(ctx, keyChanges)
	if err != nil {
		return err
	}
	unfinished, err := r.load(ctx, keySnapshot)
	if err != nil {
		return err
	}
	if since == "" || unfinished != "" {
		return r.snapshot(ctx)
	}
	r.report.Mode, r.text = Content, true
	if err := r.config.State.Unsee(ctx, r.source.Tenant, r.key(keyChanges)); err != nil {
		return err
	}
	done, err := r.read(ctx, r.source.Connector.Changes(ctx, since), keyChanges, r.key(keyChanges))
	if errors.Is(err, connectors.ErrCheckpoint) {
		if err := r.save(ctx, keyChanges, ""); err != nil {
			return err
		}
		return r.snapshot(ctx)
	}
	if err != nil {
		return err
	}
	r.whole = done.End == connectors.Complete
	if done.Evicted > 0 { // content that has to be read again
		return r.save(ctx, keyChanges, "")
	}
	return r.save(ctx, keyChanges, done.Next)
}

// snapshot reads everything, from where an unfinished one stopped.
func (r *run) snapshot(ctx context.Context) error {
	r.report.Mode, r.text = Full, true
	from, err := r.load(ctx, keySnapshot)
	if err != nil {
		return err
	}
	r.report.Resumed = from != ""
	done, err := r.snapshotFrom(ctx, from)
	if errors.Is(err, connectors.ErrCheckpoint) && from != "" {
		r.report.Resumed = false
		done, err = r.snapshotFrom(ctx, "")
	}
	if err != nil {
		return err
	}
	if done.End != connectors.Complete {
		return fmt.Errorf("the connector ended a snapshot as %q; only %q ends one", done.End, connectors.Complete)
	}
	r.whole = true
	return r.snapshotDone(ctx, done.Next)
}

func (r *run) snapshotFrom(ctx context.Context, from string) (indexer.Report, error) {
	if from == "" {
		// SECURITY: what an older snapshot told says nothing about what is there
		// now. It is forgotten before the first item of this one is recorded.
		if err := r.config.State.Unsee(ctx, r.source.Tenant, r.key(keySnapshot)); err != nil {
			return indexer.Report{}, err
		}
		if err := r.save(ctx, keySnapshot, ""); err != nil {
			return indexer.Report{}, err
		}
	}
	return r.read(ctx, r.source.Connector.Snapshot(ctx, from), keySnapshot, r.key(keySnapshot))
}

// snapshotDone moves on from a snapshot to changes. The mark that it is
// unfinished goes last: until then the next sync only repeats its end.
func (r *run) snapshotDone(ctx context.Context, next string) error {
	if err := r.save(ctx, keyChanges, next); err != nil {
		return err
	}
	if err := r.save(ctx, keyEstablished, "yes"); err != nil {
		return err
	}
	if err := r.lost.forget(ctx); err != nil {
		return err
	}
	if err := r.save(ctx, keySnapshot, ""); err != nil {
		return err
	}
	return r.config.State.Unsee(ctx, r.source.Tenant, r.key(keySnapshot))
}

// permissions reads who may read what. Nothing is embedded.
func (r *run) permissions(ctx context.Context) error {
	r.report.Mode = Permissions
	if err := r.config.State.Unsee(ctx, r.source.Tenant, r.key(keyPermissions)); err != nil {
		return err
	}
	done, err := r.read(ctx, r.source.Connector.Permissions(ctx), keyPermissions, "-")
	if err != nil {
		return err
	}
	r.whole = done.End == connectors.Complete
	if done.Evicted > 0 {
		if err := r.save(ctx, keyChanges, ""); err != nil {
			return err
		}
	}
	return r.config.State.Unsee(ctx, r.source.Tenant, r.key(keyPermissions))
}

// read runs one reading through the indexer.
func (r *run) read(ctx context.Context, items iter.Seq2[connectors.Item, error], reading, checkpoint string) (indexer.Report, error) {
	done, err := r.config.Indexer.Run(ctx, r.source.Tenant, r.source.Name, indexer.Run{
		Items:      r.public.items(items, reading == keyPermissions),
		Containers: r.public.access(r.source.Connector.Access(ctx)),
		Guard:      r.guard, MustEnd: true, Reading: r.key(reading), Checkpoint: checkpoint,
		Applied:  r.applied,
		Progress: func(report indexer.Report) { r.progress(report) },
	})
	r.report.take(done)
	return done, err
}

func (r *run) applied(ctx context.Context, changes []indexer.Applied) error {
	r.lags.applied(changes)
	r.guard.applied(changes)
	return r.lost.applied(ctx, changes)
}

func (r *run) progress(report indexer.Report) {
	if r.tell == nil {
		return
	}
	so := r.report
	so.take(report)
	r.measure(&so)
	r.tell(so)
}

// finish remembers when was read, and forgets what is no longer held back.
func (r *run) finish(ctx context.Context) error {
	if err := r.config.State.Unstage(ctx, r.source.Tenant, indexer.AccessOwner(r.source.Name), nil); err != nil {
		return err
	}
	if err := r.guard.finish(ctx); err != nil {
		return err
	}
	if err := r.lost.finish(ctx); err != nil {
		return err
	}
	if err := r.countUnmapped(ctx); err != nil {
		return err
	}
	at := r.began.UTC().Format(time.RFC3339Nano)
	if err := r.save(ctx, keyAccessAt, at); err != nil || !r.text {
		return err
	}
	if r.report.Mode == Full {
		if err := r.save(ctx, keyFullAt, at); err != nil {
			return err
		}
	}
	return r.save(ctx, keyContentAt, at)
}

func (r *run) countUnmapped(ctx context.Context) error {
	directory, ok := r.source.Connector.(connectors.Directory)
	if !ok {
		return nil
	}
	r.report.Unmapped = 0
	for identity, err := range directory.Identities(ctx) {
		if err != nil {
			return fmt.Errorf("list the accounts of source %q: %w", r.source.Name, err)
		}
		if !identity.Matched() {
			r.report.Unmapped++
		}
	}
	return nil
}
