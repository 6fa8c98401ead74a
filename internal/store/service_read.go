package store

import (
	"context"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// MaxList is the most that one call of [Reader.Objects], [Exporter.Export] or
// [Exporter.Readers] returns.
const MaxList = 100_000

// Document implements [Reader].
func (s *Service) Document(ctx context.Context, tenant string, object eyeshot.Object) (_ Record, err error) {
	defer s.observe("document", time.Now(), &err)
	if err := firstError(checkTenant(tenant), checkObjects([]eyeshot.Object{object})); err != nil {
		return Record{}, err
	}
	return s.driver.Document(ctx, tenant, object)
}

// Passages implements [Reader].
func (s *Service) Passages(ctx context.Context, tenant string, refs []eyeshot.ChunkRef) (_ []Passage, err error) {
	defer s.observe("passages", time.Now(), &err)
	if err := checkTenant(tenant); err != nil {
		return nil, err
	}
	for i, ref := range refs {
		if err := checkObject(fmt.Sprintf("refs[%d]", i), ref.Object); err != nil {
			return nil, err
		}
	}
	return s.driver.Passages(ctx, tenant, refs)
}

// Hashes implements [Reader].
func (s *Service) Hashes(ctx context.Context, tenant string, objects []eyeshot.Object) (_ map[eyeshot.Object]string, err error) {
	defer s.observe("hashes", time.Now(), &err)
	if err := firstError(checkTenant(tenant), checkObjects(objects)); err != nil {
		return nil, err
	}
	return s.driver.Hashes(ctx, tenant, objects)
}

// Objects implements [Reader]; limit is 1 to [MaxList].
func (s *Service) Objects(ctx context.Context, tenant string, after eyeshot.Object, limit int) (_ []eyeshot.Object, err error) {
	defer s.observe("objects", time.Now(), &err)
	if err := checkPage(tenant, after, limit); err != nil {
		return nil, err
	}
	return s.driver.Objects(ctx, tenant, after, limit)
}

// Export implements [Exporter]; limit is 1 to [MaxList].
func (s *Service) Export(ctx context.Context, tenant string, after eyeshot.Object, limit int) (_ []Record, err error) {
	defer s.observe("export", time.Now(), &err)
	if err := checkPage(tenant, after, limit); err != nil {
		return nil, err
	}
	return s.driver.Export(ctx, tenant, after, limit)
}

// Readers implements [Exporter]; limit is 1 to [MaxList].
func (s *Service) Readers(ctx context.Context, tenant string, after eyeshot.Object, limit int) (_ []DocumentReaders, err error) {
	defer s.observe("readers", time.Now(), &err)
	if err := checkPage(tenant, after, limit); err != nil {
		return nil, err
	}
	return s.driver.Readers(ctx, tenant, after, limit)
}

func checkPage(tenant string, after eyeshot.Object, limit int) error {
	if limit < 1 || limit > MaxList {
		return eyeshot.Invalid("limit", fmt.Sprint(limit), fmt.Sprintf("must be between 1 and %d", MaxList))
	}
	return firstError(checkTenant(tenant), checkText("after", string(after)))
}

// Stats implements [Reader].
func (s *Service) Stats(ctx context.Context, tenant string) (_ Stats, err error) {
	defer s.observe("stats", time.Now(), &err)
	if err := checkTenant(tenant); err != nil {
		return Stats{}, err
	}
	return s.driver.Stats(ctx, tenant)
}
