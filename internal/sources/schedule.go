package sources

import (
	"context"
	stdsync "sync"
	"time"

	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
)

const (
	// settle is how long a hint waits for more of them: changes come in flocks.
	settle = time.Second
	// firstRetry is how long after a failure a source is tried again; each failure
	// behind it doubles that, up to mostRetry.
	firstRetry = 10 * time.Second
	mostRetry  = 10 * time.Minute
)

// Run keeps all sources on their schedules until ctx ends, and returns when all
// that it started has.
func (m *Manager) Run(ctx context.Context) {
	m.warnOfLeavings(ctx)
	var group stdsync.WaitGroup
	defer group.Wait()
	keep := func(s *source) {
		group.Go(func() { m.keep(ctx, s) })
		group.Go(func() { m.watch(ctx, s) })
	}
	m.mu.Lock()
	kept := map[*source]bool{}
	for _, s := range m.sources {
		kept[s] = true
		keep(s)
	}
	m.mu.Unlock()
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-m.added:
			if !kept[s] {
				kept[s] = true
				keep(s)
			}
		}
	}
}

// plan is when each reading of a source is next due; one that is missing never
// is.
type plan map[sync.Mode]time.Time

// urgency is the order of readings that are due together: what was taken away
// waits for nothing.
var urgency = []sync.Mode{sync.Permissions, sync.Full, sync.Content}

// due returns what is to be read first, and when; "" for nothing.
func (p plan) due() (mode sync.Mode, at time.Time) {
	for _, each := range urgency {
		if when, ok := p[each]; ok && (mode == "" || when.Before(at)) {
			mode, at = each, when
		}
	}
	return mode, at
}

// set says when a reading is next due, or where every is below 0, that it never
// is.
func (p plan) set(mode sync.Mode, now time.Time, every time.Duration) {
	if every < 0 {
		delete(p, mode)
		return
	}
	p[mode] = now.Add(every)
}

// firstPlan is when a process that starts reads a source: changed content at
// once, and everything when it is due, which may be since the process before: one
// that is started anew each night reads everything, too.
func (m *Manager) firstPlan(ctx context.Context, s *source, every map[sync.Mode]time.Duration) plan {
	p, now := plan{}, m.config.Clock.Now()
	for mode, d := range every {
		p.set(mode, now, d)
	}
	if every[sync.Content] >= 0 {
		p.set(sync.Content, now, 0)
	}
	at, err := m.config.Syncer.FullAt(ctx, s.config.Tenant, s.config.Name)
	if err != nil {
		m.config.Logger.Warn("it is not known when a source was last read as a whole", "source", s.config.Name, "error", err)
	}
	if !at.IsZero() {
		p.set(sync.Full, at, every[sync.Full])
	}
	return p
}

// keep runs one source's syncs. A reading that fails is tried again on its own:
// content that can't be read must not keep permissions from being read.
func (m *Manager) keep(ctx context.Context, s *source) {
	every := map[sync.Mode]time.Duration{sync.Content: s.config.Content, sync.Permissions: s.config.Permissions, sync.Full: s.config.Full}
	p, failures := m.firstPlan(ctx, s, every), map[sync.Mode]int{}
	for {
		mode, ok := m.await(ctx, s, p)
		if !ok {
			return
		}
		record, err := m.newRecord(s)
		if err == nil {
			_, err = m.run(ctx, s, record, mode, nil)
		}
		if ctx.Err() != nil {
			return
		}
		now := m.config.Clock.Now()
		if err != nil {
			failures[mode]++
			p.set(mode, now, min(firstRetry<<min(failures[mode]-1, 10), mostRetry))
			continue
		}
		failures[mode] = 0
		p.set(mode, now, every[mode])
		if mode == sync.Full { // which read all that the others would
			p.set(sync.Content, now, every[sync.Content])
			p.set(sync.Permissions, now, every[sync.Permissions])
		}
	}
}

// await waits for the next reading, by plan or by hint.
func (m *Manager) await(ctx context.Context, s *source, p plan) (sync.Mode, bool) {
	mode, at := p.due()
	var due <-chan time.Time
	if mode != "" {
		due = m.config.Clock.After(max(at.Sub(m.config.Clock.Now()), 0))
	}
	select {
	case <-ctx.Done():
		return "", false
	case <-due:
		return mode, true
	case <-s.hinted:
	}
	select {
	case <-ctx.Done():
		return "", false
	case <-m.config.Clock.After(settle):
	}
	s.drain()
	return sync.Content, true
}

// hint says that a source may have changed. It returns at once.
func (s *source) hint() {
	select {
	case s.hinted <- struct{}{}:
	default:
	}
}

func (s *source) drain() {
	select {
	case <-s.hinted:
	default:
	}
}

// watch follows a source that can be watched. A watch that ends is begun again;
// what it misses meanwhile the schedule finds.
func (m *Manager) watch(ctx context.Context, s *source) {
	for {
		connector, err := m.open(s)
		watcher, ok := connector.(connectors.Watcher)
		if err == nil && !ok {
			return
		}
		if err == nil {
			err = watcher.Watch(ctx, s.hint)
		}
		if ctx.Err() != nil {
			return
		}
		m.config.Logger.Warn("watching a source ended", "source", s.config.Name, "error", err)
		select {
		case <-ctx.Done():
			return
		case <-m.config.Clock.After(mostRetry):
		}
	}
}

// Hint says that a source may have changed, and is looked at soon.
func (m *Manager) Hint(tenant, name string) error {
	s, err := m.source(tenant, name)
	if err == nil {
		s.hint()
	}
	return err
}
