package store

import (
	"context"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// MaxList is the most objects that one call of [Reader.Objects] returns.
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
	if err := firstError(checkTenant(tenant), checkText("after", string(after))); err != nil {
		return nil, err
	}
	if limit < 1 || limit > MaxList {
		return nil, eyeshot.Invalid("limit", fmt.Sprint(limit), fmt.Sprintf("must be between 1 and %d", MaxList))
	}
	return s.driver.Objects(ctx, tenant, after, limit)
}

// Stats implements [Reader].
func (s *Service) Stats(ctx context.Context, tenant string) (_ Stats, err error) {
	defer s.observe("stats", time.Now(), &err)
	if err := checkTenant(tenant); err != nil {
		return Stats{}, err
	}
	return s.driver.Stats(ctx, tenant)
}
