package pgvector

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// builder builds HNSW indexes in the background, one at a time: building takes
// minutes, and searches are exact until it is done.
type builder struct {
	mu      sync.Mutex
	ctx     context.Context
	cancel  context.CancelFunc
	queued  map[int64]bool
	running sync.WaitGroup
	turn    chan struct{}
}

func (b *builder) start() {
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.queued, b.turn = map[int64]bool{}, make(chan struct{}, 1)
}

// stop ends what is under way and waits for it.
func (b *builder) stop() {
	b.cancel()
	b.running.Wait()
}

func (b *builder) stopped() bool { return b.ctx != nil && b.ctx.Err() != nil }

// queue runs build once for a tenant, however often it is asked for.
func (b *builder) queue(id int64, build func(context.Context) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.queued[id] || b.stopped() {
		return
	}
	b.queued[id] = true
	b.running.Go(func() {
		select {
		case b.turn <- struct{}{}:
			b.try(build)
			<-b.turn
		case <-b.ctx.Done():
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.queued, id)
	})
}

// try builds until it works: building gives way to a VACUUM or an ANALYZE of the
// same table. Where it never does, searches stay exact until the next write or
// the next Open has it tried again.
func (b *builder) try(build func(context.Context) error) {
	wait := time.NewTimer(0)
	defer wait.Stop()
	for pause := 200 * time.Millisecond; pause < time.Minute; pause *= 3 {
		if err := build(b.ctx); err == nil || errors.Is(err, eyeshot.ErrConflict) || b.stopped() {
			return
		}
		wait.Reset(pause)
		select {
		case <-wait.C:
		case <-b.ctx.Done():
		}
	}
}

// maxIndexed is how many dimensions HNSW takes as halfvec.
const maxIndexed = 4000

// buildIndex builds a tenant's HNSW index in the background. It holds halfvec,
// half the size: what it finds is scored again by the whole vectors. Zero
// vectors are similar to nothing, so inner product and cosine are the same.
func (s *Store) buildIndex(id int64) {
	s.builder.queue(id, func(ctx context.Context) error {
		conn, err := connect(ctx, s.config)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // nothing is under way
		var name string
		var dimension int
		if err := conn.QueryRow(ctx, "SELECT name, dimension FROM tenants WHERE id = $1", id).Scan(&name, &dimension); err != nil || dimension > maxIndexed {
			return err
		}
		index := fmt.Sprintf("chunks_%d_hnsw", id)
		for _, statement := range []string{
			"SET maintenance_work_mem = '512MB'",
			"DROP INDEX IF EXISTS " + index, // what a crash left is not valid
			fmt.Sprintf("CREATE INDEX CONCURRENTLY %s ON %s USING hnsw ((vector::halfvec(%d)) halfvec_ip_ops) WITH (m = 24, ef_construction = 128)", index, table("chunks", id), dimension),
		} {
			if _, err := conn.Exec(ctx, statement); err != nil {
				return classify(err)
			}
		}
		return s.admitIndex(ctx, name)
	})
}
