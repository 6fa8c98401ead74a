package qdrant

import (
	"context"
	"sync"
	"time"

	qc "github.com/qdrant/go-client/qdrant"
)

// sweeper removes dead points when a cursor that still saw them is closed, so
// that neither Close nor a search has to wait for that.
type sweeper struct {
	store  *Store
	asked  chan *index
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func startSweeper(s *Store) *sweeper {
	ctx, cancel := context.WithCancel(context.Background())
	w := &sweeper{store: s, asked: make(chan *index, 256), cancel: cancel}
	w.done.Go(func() { w.run(ctx) })
	return w
}

// ask never waits: what is not asked for now goes with a later write.
func (w *sweeper) ask(t *index) {
	select {
	case w.asked <- t:
	default:
	}
}

func (w *sweeper) run(ctx context.Context) {
	for {
		select {
		case t := <-w.asked:
			w.store.sweepNow(ctx, t)
		case <-ctx.Done():
			return
		}
	}
}

func (w *sweeper) stop() {
	w.cancel()
	w.done.Wait()
}

// sweepTimeout bounds how long a write waits for dead points to go.
const sweepTimeout = 10 * time.Second

// sweepNow removes what died and no cursor sees. A failure is none of the
// caller's: the next write tries again, and no search finds what is dead.
func (s *Store) sweepNow(ctx context.Context, t *index) {
	t.mu.Lock()
	upTo, dropped := t.dirt(), t.dropped
	t.mu.Unlock()
	if upTo == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	if dropped {
		_ = s.remove(ctx, t)
		return
	}
	if s.deletePoints(ctx, t, &qc.Filter{Must: []*qc.Condition{t.isMine(), qc.NewRange(keyDied, &qc.Range{Lte: number(upTo)})}}) != nil {
		return
	}
	t.mu.Lock()
	t.swept = max(t.swept, upTo)
	t.mu.Unlock()
}

// remove removes a dropped index, the catalogue's point last.
func (s *Store) remove(ctx context.Context, t *index) error {
	if err := s.deletePoints(ctx, t, &qc.Filter{Must: []*qc.Condition{t.isMine()}}); err != nil {
		return err
	}
	return s.strike(ctx, t)
}

func (s *Store) deletePoints(ctx context.Context, t *index, filter *qc.Filter) error {
	reply, err := s.points.Delete(ctx, &qc.DeletePoints{CollectionName: t.collection, Wait: qc.PtrOf(true), Points: qc.NewPointsSelectorFilter(filter)})
	return completed(ctx, "remove points", reply, err)
}
