package sync

import (
	"context"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

// Held lists what is held back of a source.
func (s *Syncer) Held(ctx context.Context, tenant, source string) ([]state.Held, error) {
	return s.config.State.Held(ctx, tenant, source)
}

// Approve lets a source open objects as it wanted to when they were held back;
// by names who says so. What it wants may have changed since: then it is held
// back again. The next sync of content reads everything and opens them.
func (s *Syncer) Approve(ctx context.Context, tenant, source string, objects []eyeshot.Object, by string) error {
	for _, object := range objects {
		if err := s.config.State.Approve(ctx, tenant, source, object, by); err != nil {
			return err
		}
	}
	return s.config.State.SaveCheckpoint(ctx, tenant, key(source, keyChanges), "")
}
