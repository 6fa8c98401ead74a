package sources

import (
	"context"
	"encoding/json"
	"fmt"
	stdsync "sync"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

// source is one source while the process runs.
type source struct {
	config config.Source
	busy   chan struct{} // full while a sync runs: one at a time
	hinted chan struct{} // full where something may have changed

	mu        stdsync.Mutex
	connector connectors.Connector // built when it is first needed
	current   string               // id of the sync that runs, or ""
}

func newSource(s config.Source) *source {
	return &source{config: s, busy: make(chan struct{}, 1), hinted: make(chan struct{}, 1)}
}

// open returns the source's connector. It lasts, so that what a connector
// remembers between two readings is of use.
func (m *Manager) open(s *source) (connectors.Connector, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connector == nil {
		connector, err := m.config.Build(s.config)
		if err != nil {
			return nil, fmt.Errorf("source %q: %w", s.config.Name, err)
		}
		s.connector = connector
	}
	return s.connector, nil
}

// close lets a connector close idle connections.
func (s *source) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if closer, ok := s.connector.(interface{ Close() }); ok {
		closer.Close()
	}
}

// lock waits until no sync of the source runs.
func (s *source) lock(ctx context.Context) (unlock func(), err error) {
	select {
	case s.busy <- struct{}{}:
		return func() { <-s.busy }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: waiting for another sync of source %q: %w", eyeshot.ErrUnavailable, s.config.Name, ctx.Err())
	}
}

func (s *source) setCurrent(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = id
}

// syncSource is what a sync is told of the source.
func (s *source) syncSource(connector connectors.Connector) sync.Source {
	g := s.config.Guard
	return sync.Source{
		Tenant: s.config.Tenant, Name: s.config.Name, Connector: connector, Public: s.config.Public,
		Guard: sync.GuardPolicy{Off: g.Off, Everyone: g.Everyone, Share: g.Share, Factor: g.Factor, People: g.People},
	}
}

// State of a sync.
const (
	Running = "running"
	Done    = "done"
	Failed  = "failed"
)

// Record is a sync as it is remembered.
type Record struct {
	ID      string      `json:"id"`
	Source  string      `json:"source"`
	State   string      `json:"state"` // running, done or failed
	Started time.Time   `json:"started"`
	Ended   *time.Time  `json:"ended,omitempty"`
	Error   string      `json:"error,omitempty"`
	Report  sync.Report `json:"report"`
}

// Status is a source as it is listed.
type Status struct {
	Name        string  `json:"name"`
	Type        string  `json:"type"`
	Tenant      string  `json:"tenant"`
	Content     string  `json:"content"`     // how often; "never" where it is not
	Permissions string  `json:"permissions"` // how often
	Documents   int     `json:"documents"`   // that somebody may read
	HeldBack    int     `json:"held_back"`
	Sync        string  `json:"sync,omitempty"` // id of the one that runs
	Last        *Record `json:"last,omitempty"`
}

func (m *Manager) status(ctx context.Context, s *source) (Status, error) {
	out := Status{Name: s.config.Name, Type: s.config.Type, Tenant: s.config.Tenant, Content: every(s.config.Content), Permissions: every(s.config.Permissions)}
	s.mu.Lock()
	out.Sync = s.current
	s.mu.Unlock()
	var err error
	if out.Documents, err = m.config.State.Objects(ctx, s.config.Tenant, s.config.Name); err != nil {
		return out, err
	}
	held, err := m.config.Syncer.Held(ctx, s.config.Tenant, s.config.Name)
	if err != nil {
		return out, err
	}
	out.HeldBack = len(held)
	last, err := m.History(ctx, s.config.Tenant, s.config.Name, 1)
	if len(last) > 0 {
		out.Last = &last[0]
	}
	return out, err
}

func every(d time.Duration) string {
	if d < 0 {
		return "never"
	}
	return d.String()
}

// History tells the last syncs of a source, latest first.
func (m *Manager) History(ctx context.Context, tenant, name string, limit int) ([]Record, error) {
	texts, err := m.config.State.Syncs(ctx, tenant, name, limit)
	if err != nil {
		return nil, err
	}
	out := make([]Record, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal(text, &out[i]); err != nil {
			return nil, fmt.Errorf("%w: the record of a sync is damaged", eyeshot.ErrConflict)
		}
	}
	return out, nil
}

// Record returns a sync of a tenant, or [eyeshot.ErrNotFound].
func (m *Manager) Record(ctx context.Context, tenant, id string) (Record, error) {
	text, err := m.config.State.Sync(ctx, tenant, id)
	if err != nil {
		return Record{}, err
	}
	var out Record
	if err := json.Unmarshal(text, &out); err != nil {
		return Record{}, fmt.Errorf("%w: the record of sync %q is damaged", eyeshot.ErrConflict, id)
	}
	return out, nil
}
