package authzsync

import (
	"context"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Run keeps the index current until ctx ends, and then returns nil. An error of
// OpenFGA's ends nothing: the index stays as it is, its age grows, and Run
// tries again, waiting longer each time up to [maxWait].
func (x *Index) Run(ctx context.Context) error {
	wait := x.options.Poll
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-x.clock.After(wait):
		}
		wait = x.tick(ctx, wait)
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
	x.looking.Lock()
	defer x.looking.Unlock()
	if !x.View().AsOf().Before(asked.Add(-maxAge)) {
		return nil // somebody else looked meanwhile
	}
	if err := x.look(ctx); err != nil {
		return fmt.Errorf("%w: the permission index is older than %s: %w", eyeshot.ErrUnavailable, maxAge, err)
	}
	return nil
}

// Close ends the use of the index.
func (x *Index) Close() error { return nil }
