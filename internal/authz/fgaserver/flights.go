package fgaserver

import (
	"context"
	"sync"
)

// flights counts the requests in flight, so that closing can wait for them and,
// if it must, end them.
type flights struct {
	mu     sync.Mutex
	closed bool
	count  int
	landed chan struct{} // closed when closed and count is 0

	ctx    context.Context // ends with the cause ErrClosed
	cancel context.CancelCauseFunc
}

func newFlights() *flights {
	ctx, cancel := context.WithCancelCause(context.Background())
	return &flights{landed: make(chan struct{}), ctx: ctx, cancel: cancel}
}

// takeOff begins a request. The context that it returns ends with parent or
// when the requests are told to end; land ends the request.
func (f *flights) takeOff(parent context.Context) (ctx context.Context, land func(), err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, nil, ErrClosed
	}
	if err := context.Cause(parent); err != nil {
		return nil, nil, err
	}
	f.count++
	ctx, cancel := context.WithCancelCause(parent)
	stop := context.AfterFunc(f.ctx, func() { cancel(ErrClosed) })
	return ctx, func() {
		stop()
		cancel(nil)
		f.land()
	}, nil
}

func (f *flights) land() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count--
	if f.closed && f.count == 0 {
		close(f.landed)
	}
}

// close refuses new requests, waits for those in flight until ctx ends, then
// ends them and waits for that.
func (f *flights) close(ctx context.Context) error {
	f.mu.Lock()
	if !f.closed {
		f.closed = true
		if f.count == 0 {
			close(f.landed)
		}
	}
	f.mu.Unlock()
	var err error
	select {
	case <-f.landed:
	case <-ctx.Done():
		err = ctx.Err()
	}
	f.cancel(ErrClosed)
	<-f.landed
	return err
}
