package openai

import (
	"context"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
)

// Waits between attempts: each about twice the one before, with jitter.
const (
	firstWait  = 250 * time.Millisecond
	longest    = 10 * time.Second
	multiplier = 2
)

// waits is an exponential back-off that never waits less than the server
// asked for. One that only did as the server says would run in circles on
// "Retry-After: 0".
type waits struct {
	*backoff.ExponentialBackOff
	atLeast time.Duration
}

func newWaits() *waits {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier = firstWait, longest, multiplier
	return &waits{ExponentialBackOff: b}
}

// NextBackOff implements backoff.BackOff.
func (w *waits) NextBackOff() time.Duration {
	return max(w.ExponentialBackOff.NextBackOff(), w.atLeast)
}

// retry posts the body until it succeeds, fails for good, or has been tried for
// MaxElapsed, and returns count vectors.
func (e *Embedder) retry(ctx context.Context, body []byte, count int) ([][]float32, error) {
	waits, tries := newWaits(), 0
	var last *failure
	data, err := backoff.Retry(ctx, func() ([]byte, error) {
		tries++
		var data []byte
		if data, last = e.post(ctx, body, e.limit(count)); last == nil {
			return data, nil
		}
		waits.atLeast = last.retryAfter
		if !last.temporary {
			return nil, backoff.Permanent(last)
		}
		return nil, last
	}, backoff.WithBackOff(waits), backoff.WithMaxElapsedTime(e.config.MaxElapsed))
	switch {
	case err == nil:
		return e.decode(data, count)
	case !last.temporary:
		return nil, invalid("%s", last.reason)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w (attempt %d: %w)", embed.Ended(ctx), tries, last)
	}
	return nil, fmt.Errorf("%w: %w (%d attempts in %s)", eyeshot.ErrUnavailable, last, tries, e.config.MaxElapsed)
}
