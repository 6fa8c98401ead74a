package store

import (
	"context"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// Observer is told of every operation: its name ("upsert", "search", "next"),
// how long it took and how it ended. It is safe for concurrent use and quick.
type Observer interface {
	ObserveStore(operation string, took time.Duration, err error)
}

// Service is what callers hold: a driver below, and above it the invariants
// that all drivers share, so that none has to repeat them. It validates what
// comes in, brings it into one form, and reports latencies. It is a [Driver]
// itself and safe for concurrent use.
type Service struct {
	driver   Driver
	observer Observer
}

var _ Driver = (*Service)(nil)

// NewService puts the service above a driver; observer may be nil.
func NewService(driver Driver, observer Observer) *Service {
	if observer == nil {
		observer = nobody{}
	}
	return &Service{driver: driver, observer: observer}
}

type nobody struct{}

func (nobody) ObserveStore(string, time.Duration, error) {}

// observe is deferred with a pointer to the error that is about to be returned.
func (s *Service) observe(operation string, start time.Time, err *error) {
	s.observer.ObserveStore(operation, time.Since(start), *err)
}

// Prepare implements [Writer].
func (s *Service) Prepare(ctx context.Context, tenant string, model EmbeddingModel) (err error) {
	defer s.observe("prepare", time.Now(), &err)
	if err := firstError(checkTenant(tenant), checkModel(model)); err != nil {
		return err
	}
	return s.driver.Prepare(ctx, tenant, model)
}

// Upsert implements [Writer]. Of a record that appears twice only the last
// reaches the driver. Times are brought to UTC and to the microsecond.
func (s *Service) Upsert(ctx context.Context, tenant string, records []Record) (err error) {
	defer s.observe("upsert", time.Now(), &err)
	if err := firstError(checkTenant(tenant), checkRecords(records)); err != nil {
		return err
	}
	return s.driver.Upsert(ctx, tenant, normalize(records))
}

// Delete implements [Writer].
func (s *Service) Delete(ctx context.Context, tenant string, objects []eyeshot.Object) (err error) {
	defer s.observe("delete", time.Now(), &err)
	if err := firstError(checkTenant(tenant), checkObjects(objects)); err != nil {
		return err
	}
	return s.driver.Delete(ctx, tenant, objects)
}

// SetReaders implements [Writer]. Of a document that appears twice only the last
// reaches the driver; readers are brought into order, each once.
func (s *Service) SetReaders(ctx context.Context, tenant string, readers []DocumentReaders) (err error) {
	defer s.observe("set_readers", time.Now(), &err)
	if err := firstError(checkTenant(tenant), checkReaders(readers)); err != nil {
		return err
	}
	return s.driver.SetReaders(ctx, tenant, normalizeReaders(readers))
}

// Capabilities implements [Driver].
func (s *Service) Capabilities() Capabilities { return s.driver.Capabilities() }

// DropIndex implements [Writer].
func (s *Service) DropIndex(ctx context.Context, tenant string) (err error) {
	defer s.observe("drop_index", time.Now(), &err)
	if err := checkTenant(tenant); err != nil {
		return err
	}
	return s.driver.DropIndex(ctx, tenant)
}

// Search implements [Searcher].
func (s *Service) Search(ctx context.Context, tenant string, query Query) (_ Lists, err error) {
	defer s.observe("search", time.Now(), &err)
	if err := firstError(checkTenant(tenant), checkQuery(query)); err != nil {
		return Lists{}, err
	}
	lists, err := s.driver.Search(ctx, tenant, query)
	if err != nil {
		return Lists{}, err
	}
	return Lists{Semantic: s.observed(lists.Semantic), Keyword: s.observed(lists.Keyword)}, nil
}

// Close closes the driver.
func (s *Service) Close() error { return s.driver.Close() }

func (s *Service) observed(cursor Cursor) Cursor {
	if cursor == nil {
		return nil
	}
	return observedCursor{Cursor: cursor, service: s}
}

// observedCursor reports the time that paging takes: on a store across a
// network that is where a refill's time goes.
type observedCursor struct {
	Cursor
	service *Service
}

// Next implements [Cursor]; n below 1 gives no hits.
func (c observedCursor) Next(ctx context.Context, n int) (_ []Hit, err error) {
	defer c.service.observe("next", time.Now(), &err)
	if n < 1 {
		return nil, nil
	}
	return c.Cursor.Next(ctx, n)
}
