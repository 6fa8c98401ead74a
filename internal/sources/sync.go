package sources

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer/sync"
)

// Sync runs a sync of a source to its end, behind one that runs already.
// progress, which may be nil, is told the report so far.
func (m *Manager) Sync(ctx context.Context, tenant, name string, mode sync.Mode, progress func(sync.Report)) (Record, error) {
	s, err := m.source(tenant, name)
	if err != nil {
		return Record{}, err
	}
	record, err := m.newRecord(s)
	if err != nil {
		return record, err
	}
	return m.run(ctx, s, record, mode, progress)
}

// Start begins a sync in the background and returns its record as it is now.
func (m *Manager) Start(ctx context.Context, tenant, name string, mode sync.Mode) (Record, error) {
	s, err := m.source(tenant, name)
	if err != nil {
		return Record{}, err
	}
	switch mode {
	case sync.Content, sync.Full, sync.Permissions:
	default:
		return Record{}, eyeshot.Invalid("mode", string(mode), "must be content, full or permissions")
	}
	if err := m.ctx.Err(); err != nil {
		return Record{}, fmt.Errorf("%w: shutting down", eyeshot.ErrUnavailable)
	}
	record, err := m.newRecord(s)
	if err != nil {
		return record, err
	}
	if err := m.save(ctx, s, record); err != nil {
		return record, err
	}
	m.running.Go(func() { _, _ = m.run(m.ctx, s, record, mode, nil) }) // how it ended is in the record
	return record, nil
}

func (m *Manager) newRecord(s *source) (Record, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Record{}, fmt.Errorf("name a sync: %w", err)
	}
	return Record{ID: id.String(), Source: s.config.Name, State: Running, Started: m.config.Clock.Now().UTC()}, nil
}

// run runs a sync and keeps its record.
func (m *Manager) run(ctx context.Context, s *source, record Record, mode sync.Mode, progress func(sync.Report)) (Record, error) {
	report, err := m.locked(ctx, s, record, mode, progress)
	at := m.config.Clock.Now().UTC()
	record.Report, record.State, record.Ended = report, Done, &at
	if err != nil {
		record.State, record.Error = Failed, err.Error()
	}
	m.config.Observer.Synced(s.config.Name, string(report.Mode), err == nil, report)
	m.log(ctx, s, record, err)
	// The record is kept even where the sync was told to stop.
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return record, errors.Join(err, m.save(keep, s, record))
}

func (m *Manager) locked(ctx context.Context, s *source, record Record, mode sync.Mode, progress func(sync.Report)) (sync.Report, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return sync.Report{Mode: mode}, err
	}
	defer unlock()
	if _, err := m.config.Tenant(ctx, s.config.Tenant, true); err != nil {
		return sync.Report{Mode: mode}, fmt.Errorf("tenant %q: %w", s.config.Tenant, err)
	}
	connector, err := m.open(s)
	if err != nil {
		return sync.Report{Mode: mode}, err
	}
	s.setCurrent(record.ID)
	defer s.setCurrent("")
	if err := m.save(ctx, s, record); err != nil {
		return sync.Report{Mode: mode}, err
	}
	report, err := m.config.Syncer.Run(ctx, s.syncSource(connector), mode, m.follow(ctx, s, record, progress))
	return report, s.blame(err)
}

// follow keeps the record of a sync up to date while it runs.
func (m *Manager) follow(ctx context.Context, s *source, record Record, progress func(sync.Report)) func(sync.Report) {
	last := m.config.Clock.Now()
	return func(report sync.Report) {
		if progress != nil {
			progress(report)
		}
		if now := m.config.Clock.Now(); now.Sub(last) > time.Second {
			last = now
			record.Report = report
			if err := m.save(ctx, s, record); err != nil {
				m.config.Logger.Warn("the progress of a sync could not be kept", "source", s.config.Name, "error", err)
			}
		}
	}
}

func (m *Manager) save(ctx context.Context, s *source, record Record) error {
	text, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("keep the record of a sync: %w", err)
	}
	return m.config.State.SaveSync(ctx, s.config.Tenant, s.config.Name, record.ID, record.Started, text)
}

func (m *Manager) log(ctx context.Context, s *source, record Record, err error) {
	r := record.Report
	attributes := []any{
		"source", s.config.Name, "sync", record.ID, "mode", r.Mode, "seen", r.Seen, "changed", r.Changed, "deleted", r.Deleted,
		"held_back", r.HeldBack, "unreadable", r.Unreadable, "tuples_added", r.TuplesAdded, "tuples_removed", r.TuplesRemoved, "seconds", r.Seconds,
	}
	switch {
	case err != nil && ctx.Err() != nil:
		m.config.Logger.Info("sync interrupted; the next goes on", attributes...)
	case err != nil:
		m.config.Logger.Error("sync failed; the next goes on", append(attributes, "error", err)...)
	case r.HeldBack > 0 || r.Unreadable > 0:
		m.config.Logger.Warn("sync done, with documents that nobody reads or that are held back", attributes...)
	default:
		m.config.Logger.Info("sync done", attributes...)
	}
}
