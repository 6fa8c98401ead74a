// Package sources keeps the configured sources: it builds their connectors, runs
// their syncs, each source one at a time, on schedules of their own for content
// and for permissions, remembers how syncs ended, and compares what is in force
// with what the live source says.
//
// How a sync goes is package sync's, what a source says its connector's. Nothing
// here decides who may read what.
package sources

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	stdsync "sync"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/config"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

// Syncer runs syncs; see [sync.Syncer].
type Syncer interface {
	Run(ctx context.Context, source sync.Source, mode sync.Mode, progress func(sync.Report)) (sync.Report, error)
	FullAt(ctx context.Context, tenant, source string) (time.Time, error)
	Held(ctx context.Context, tenant, source string) ([]state.Held, error)
	Approve(ctx context.Context, tenant, source string, objects []eyeshot.Object, by string) error
	Remove(ctx context.Context, tenant, source string, progress func(documents int)) (sync.Report, error)
}

// State remembers sources and their syncs; see package state.
type State interface {
	Sources(ctx context.Context) ([][]byte, error)
	AddSource(ctx context.Context, tenant, name string, config []byte) error
	DropSource(ctx context.Context, tenant, name string) error
	Leavings(ctx context.Context, source string) ([]state.Left, error)
	Synced(ctx context.Context) ([]state.Left, error)
	SaveSync(ctx context.Context, tenant, source, id string, started time.Time, record []byte) error
	Sync(ctx context.Context, tenant, id string) ([]byte, error)
	Syncs(ctx context.Context, tenant, source string, limit int) ([][]byte, error)
	Deliver(ctx context.Context, tenant, source, id string, at, old time.Time) (fresh bool, err error)
	Objects(ctx context.Context, tenant, source string) (int, error)
	SampleObjects(ctx context.Context, tenant, source string, behind eyeshot.Object, limit int) ([]eyeshot.Object, error)
}

// Tenant is what is asked of a tenant.
type Tenant interface {
	BatchCheck(ctx context.Context, checks []authz.Check, conditions authz.CheckContext) ([]authz.Verdict, error)
	// Reaches counts the documents that a subject may read.
	Reaches(ctx context.Context, subject eyeshot.Object) (int, error)
}

// Observer is told of syncs and audits.
type Observer interface {
	Synced(source string, mode string, ok bool, report sync.Report)
	Audited(source string, leaks, hidden, asked int)
}

// Clock is the time that schedules go by.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// Config is what a Manager is made of. Build, Syncer, State and Tenant are
// required.
type Config struct {
	Sources []config.Source
	// Build makes the connector of a source.
	Build  func(config.Source) (connectors.Connector, error)
	Syncer Syncer
	State  State
	// Tenant opens a tenant; with create set, one that is new is set up.
	Tenant func(ctx context.Context, name string, create bool) (Tenant, error)
	// Read names, for each type of document, the relation that reading takes.
	Read     map[string]string
	Logger   *slog.Logger // nil: none
	Observer Observer     // nil: none
	Clock    Clock        // nil: the real one
}

// Manager keeps sources. It is safe for concurrent use.
type Manager struct {
	config Config

	mu      stdsync.Mutex
	sources map[string]*source
	added   chan *source // to Run, while that runs
	running stdsync.WaitGroup
	ctx     context.Context // of syncs in the background
	cancel  context.CancelFunc
}

// New makes a Manager of the configured sources and of those that were added.
// Close ends what it has started.
func New(ctx context.Context, cfg Config) (*Manager, error) {
	if cfg.Build == nil || cfg.Syncer == nil || cfg.State == nil || cfg.Tenant == nil {
		return nil, errors.New("sources: build, syncer, state and tenant are required")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = systemClock{}
	}
	if cfg.Observer == nil {
		cfg.Observer = noObserver{}
	}
	m := &Manager{config: cfg, sources: map[string]*source{}, added: make(chan *source)}
	m.ctx, m.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, s := range cfg.Sources {
		m.put(s)
	}
	stored, err := cfg.State.Sources(ctx)
	if err != nil {
		return nil, err
	}
	for _, text := range stored {
		var s config.Source
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, fmt.Errorf("%w: a source in the state file is damaged", eyeshot.ErrConflict)
		}
		if _, there := m.sources[s.Name]; !there { // the file's configuration counts
			m.put(s)
		}
	}
	return m, m.endKilled(ctx)
}

// endKilled ends the records of syncs that a killed process left as running: one
// process at a time has the data directory, and this one runs none yet.
func (m *Manager) endKilled(ctx context.Context) error {
	for _, s := range m.sources {
		history, err := m.History(ctx, s.config.Tenant, s.config.Name, 10)
		if err != nil {
			return err
		}
		for _, record := range history {
			if record.State != Running {
				continue
			}
			record.State, record.Error = Failed, "the process ended; the next sync goes on"
			if err := m.save(ctx, s, record); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Manager) put(s config.Source) *source {
	out := newSource(s.WithDefaults())
	m.sources[s.Name] = out
	return out
}

// Close ends syncs in the background and waits for them, and lets connectors let
// go of what they hold. Syncs go on with the next start.
func (m *Manager) Close() error {
	m.cancel()
	m.running.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.sources {
		s.close()
	}
	return nil
}

// source finds a source of a tenant, or fails with [eyeshot.ErrNotFound].
//
// SECURITY: a source of another tenant does not exist.
func (m *Manager) source(tenant, name string) (*source, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sources[name]
	if !ok || s.config.Tenant != tenant {
		return nil, fmt.Errorf("source %q: %w", name, eyeshot.ErrNotFound)
	}
	return s, nil
}

// TenantOf returns the tenant of a source, for a caller that has no tenant of
// its own: a command line, or a webhook.
func (m *Manager) TenantOf(name string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sources[name]
	if !ok {
		return "", fmt.Errorf("source %q: %w; those that there are: %v", name, eyeshot.ErrNotFound, slices.Sorted(maps.Keys(m.sources)))
	}
	return s.config.Tenant, nil
}

// Add remembers a source, and runs it from now on.
func (m *Manager) Add(ctx context.Context, s config.Source) error {
	if err := s.Validate("source"); err != nil {
		return err
	}
	if _, err := m.config.Build(s); err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("remember source %q: %w", s.Name, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.sources[s.Name]; there {
		return fmt.Errorf("%w: a source %q is there already", eyeshot.ErrConflict, s.Name)
	}
	if err := m.config.State.AddSource(ctx, s.Tenant, s.Name, text); err != nil {
		return err
	}
	added := m.put(s)
	m.running.Go(func() { // Run takes it where that runs, now or later
		select {
		case m.added <- added:
		case <-m.ctx.Done():
		}
	})
	return nil
}

// List tells the sources of a tenant, or with "" of all, by name; behind them
// those that are configured no longer and have left something.
func (m *Manager) List(ctx context.Context, tenant string) ([]Status, error) {
	m.mu.Lock()
	var all []*source
	for _, name := range slices.Sorted(maps.Keys(m.sources)) {
		if s := m.sources[name]; tenant == "" || s.config.Tenant == tenant {
			all = append(all, s)
		}
	}
	m.mu.Unlock()
	out := make([]Status, len(all))
	for i, s := range all {
		var err error
		if out[i], err = m.status(ctx, s); err != nil {
			return nil, err
		}
	}
	left, err := m.unconfigured(ctx, tenant)
	return append(out, left...), err
}

type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now() }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

type noObserver struct{}

func (noObserver) Synced(string, string, bool, sync.Report) {}
func (noObserver) Audited(string, int, int, int)            {}
