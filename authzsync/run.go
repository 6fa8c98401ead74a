package authzsync

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Run keeps the index current until ctx ends, and then returns nil. An error of
// OpenFGA's ends nothing: the index stays as it is, its age grows, and Run
// tries again, waiting longer each time up to [maxWait].
func (x *Index) Run(ctx context.Context) error {
	var both sync.WaitGroup
	both.Go(func() { x.poll(ctx) })
	both.Go(func() { x.upkeep(ctx) })
	both.Wait()
	return nil
}

func (x *Index) poll(ctx context.Context) {
	for wait := x.options.Poll; x.sleep(ctx, wait); {
		wait = x.tick(ctx, wait)
	}
}

// upkeep reconciles, reorders and saves when each is due, one after the other
// and beside the looks at the log.
func (x *Index) upkeep(ctx context.Context) {
	reconciled, saved := x.clock.Now(), x.clock.Now()
	for x.sleep(ctx, x.nextUpkeep()) {
		if every := x.options.Reconcile; every > 0 && x.clock.Now().Sub(reconciled) >= every {
			mended, err := x.Reconcile(ctx)
			x.report("reconciled the permission index", err, "mended", mended)
			reconciled = x.clock.Now()
		}
		if x.disordered() {
			x.report("reordered the permission index", x.Reorder(ctx))
		}
		if x.options.Snapshot != "" && x.clock.Now().Sub(saved) >= x.options.SnapshotEvery {
			x.report("saved the permission index", x.Save(ctx))
			saved = x.clock.Now()
		}
	}
}

// nextUpkeep is how long upkeep waits before it looks whether something is due.
func (x *Index) nextUpkeep() time.Duration {
	wait := min(x.options.SnapshotEvery, time.Minute)
	if x.options.Reconcile > 0 {
		wait = min(wait, x.options.Reconcile)
	}
	return wait
}

func (x *Index) report(what string, err error, more ...any) {
	if err != nil && !errors.Is(err, context.Canceled) {
		x.log.Warn("not "+what, "error", err)
		return
	}
	x.log.Info(what, more...)
}

// sleep waits and reports false where ctx ended first.
func (x *Index) sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-x.clock.After(d):
		return ctx.Err() == nil
	}
}

// maxWait is the longest that Run waits while OpenFGA fails.
const maxWait = 5 * time.Second

// tick does what is due and returns how long to wait then.
func (x *Index) tick(ctx context.Context, waited time.Duration) time.Duration {
	err := x.Poll(ctx)
	if err == nil || ctx.Err() != nil {
		return x.options.Poll
	}
	x.log.Warn("the permission index fell behind", "error", err, "as_of", x.View().AsOf())
	return min(2*waited, max(maxWait, x.options.Poll))
}

// Age returns how old the index is: the time since it last agreed with OpenFGA.
func (x *Index) Age() time.Duration { return x.clock.Now().Sub(x.View().AsOf()) }

// WaitFresh makes sure that the index is at most maxAge old. Where it is older
// it looks at OpenFGA at once, together with all others who wait. It fails with
// [eyeshot.ErrUnavailable] where that doesn't help before ctx ends; the index
// can still be used, and the answer is then as old as [View.AsOf] says.
func (x *Index) WaitFresh(ctx context.Context, maxAge time.Duration) error {
	if x.Age() <= maxAge {
		return nil
	}
	asked := x.clock.Now()
	if err := x.looking.enter(ctx); err != nil {
		return fmt.Errorf("wait for a look at OpenFGA: %w", err)
	}
	defer x.looking.leave()
	if !x.View().AsOf().Before(asked.Add(-maxAge)) {
		return nil // somebody else looked meanwhile
	}
	if err := x.look(ctx); err != nil {
		return fmt.Errorf("%w: the permission index is older than %s: %w", eyeshot.ErrUnavailable, maxAge, err)
	}
	return nil
}

// Close writes a last snapshot. Run must have returned.
func (x *Index) Close() error { return x.Save(context.Background()) }
