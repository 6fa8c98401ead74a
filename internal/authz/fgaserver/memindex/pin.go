package memindex

import (
	"context"
	"sync/atomic"
)

type pinKey struct{}

// pin holds the snapshot that a request has begun to read.
type pin struct{ at atomic.Pointer[pinned] }

type pinned struct {
	store    string
	snapshot *snapshot
}

// Pin returns a context for one request: all reads of one store under it see
// the same state, the one at the first of these reads. Without it each read
// sees the newest state, and a check that reads twice could combine the halves
// of two states into an access that neither of them grants.
//
// A pinned context must not outlive its request.
func Pin(ctx context.Context) context.Context {
	return context.WithValue(ctx, pinKey{}, new(pin))
}

// view returns the snapshot of the store that a read under ctx is to use.
func (d *Datastore) view(ctx context.Context, store string) (*snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, _ := ctx.Value(pinKey{}).(*pin)
	if p == nil {
		return d.current(ctx, store)
	}
	if at := p.at.Load(); at != nil && at.store == store {
		return at.snapshot, nil
	}
	s, err := d.current(ctx, store)
	if err != nil {
		return nil, err
	}
	// The first read of the request decides, also for those beside it.
	if !p.at.CompareAndSwap(nil, &pinned{store, s}) {
		if at := p.at.Load(); at.store == store {
			return at.snapshot, nil
		}
	}
	return s, nil
}
