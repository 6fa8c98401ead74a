package memindex

import (
	"context"
	"sync"
	"sync/atomic"
)

type pinKey struct{}

// pin holds what one request reads.
type pin struct {
	user string
	at   atomic.Pointer[pinned]
}

// pinned is the state of one store that a request has begun to read.
type pinned struct {
	store    string
	snapshot *snapshot
	reach    func() reach
}

// Pin returns a context for one request: all reads of one store under it see
// the same state, the one at the first of these reads. Without it each read
// sees the newest state, and a check that reads twice could combine the halves
// of two states into an access that neither of them grants.
//
// Where user names one plain user ("type:id"), reads leave out usersets that
// this user certainly is not in, which spares a check from looking into them.
// It may be set only if the request asks about this user alone, brings no
// tuples of its own, and its model has no exclusion: in such a model, fewer
// tuples can never grant more. Empty leaves nothing out.
//
// A pinned context must not outlive its request.
func Pin(ctx context.Context, user string) context.Context {
	return context.WithValue(ctx, pinKey{}, &pin{user: user})
}

// view returns the state of the store that a read under ctx is to use.
func (d *Datastore) view(ctx context.Context, store string) (*pinned, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, _ := ctx.Value(pinKey{}).(*pin)
	if p != nil {
		if at := p.at.Load(); at != nil && at.store == store {
			return at, nil
		}
	}
	s, err := d.current(ctx, store)
	if err != nil {
		return nil, err
	}
	v := &pinned{store: store, snapshot: s}
	if p == nil {
		return v, nil
	}
	if p.user != "" {
		v.reach = sync.OnceValue(func() reach { return s.reach(p.user) })
	}
	// The first read of the request decides, also for those beside it.
	if !p.at.CompareAndSwap(nil, v) && p.at.Load().store == store {
		return p.at.Load(), nil
	}
	return v, nil
}
