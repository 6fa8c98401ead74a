package sync

import (
	"context"
	"fmt"
	"time"

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

// FullAt tells when everything was last read of a source; zero for never.
func (s *Syncer) FullAt(ctx context.Context, tenant, source string) (time.Time, error) {
	text, err := s.config.State.Checkpoint(ctx, tenant, key(source, keyFullAt))
	if err != nil || text == "" {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return at, fmt.Errorf("%w: when source %q was last read is damaged", eyeshot.ErrConflict, source)
	}
	return at, nil
}
