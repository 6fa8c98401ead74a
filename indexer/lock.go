package indexer

import (
	"context"
	"fmt"
	"sync"

	"github.com/eyeshot-dev/eyeshot"
)

// locks is one lock a tenant. Reading what is there, deciding, and changing it
// are one thing that no other change may come between.
type locks struct {
	mu   sync.Mutex
	held map[string]chan struct{} // full while locked
}

// lock waits for the tenant's lock, at most as long as ctx.
func (l *locks) lock(ctx context.Context, tenant string) (unlock func(), err error) {
	l.mu.Lock()
	if l.held == nil {
		l.held = map[string]chan struct{}{}
	}
	slot, ok := l.held[tenant]
	if !ok {
		slot = make(chan struct{}, 1)
		l.held[tenant] = slot
	}
	l.mu.Unlock()
	select {
	case slot <- struct{}{}:
		return func() { <-slot }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: waiting for another change of tenant %q: %w", eyeshot.ErrUnavailable, tenant, ctx.Err())
	}
}
