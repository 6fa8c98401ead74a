package authzsync

import (
	"context"
	"errors"

	"github.com/eyeshot-dev/eyeshot"
)

// turnstile lets one through at a time. Unlike a mutex, nobody has to wait at
// it for longer than a context: who is through may be reading all of OpenFGA.
type turnstile chan struct{}

func newTurnstile() turnstile { return make(turnstile, 1) }

// enter waits; it fails with [eyeshot.ErrUnavailable] where ctx ends first.
func (t turnstile) enter(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	default: // somebody is through
	}
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errors.Join(eyeshot.ErrUnavailable, ctx.Err())
	}
}

func (t turnstile) leave() { <-t }
