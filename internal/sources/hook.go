package sources

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// hookAge is how old a webhook's delivery may be; what was delivered within it
// is remembered.
const hookAge = 10 * time.Minute

// Hook takes a webhook's delivery for a source. Where it is what it says, the
// source is looked at soon; nothing of its body is believed. A delivery that came
// before is taken again and does nothing. It fails with
// [eyeshot.ErrUnauthenticated] on all else, a source that there is not included.
//
// SECURITY: whoever calls has shown nothing yet, so an unknown source and a wrong
// signature are one.
func (m *Manager) Hook(ctx context.Context, name string, header http.Header, body []byte) error {
	refused := fmt.Errorf("%w: the delivery is not one of a known source", eyeshot.ErrUnauthenticated)
	m.mu.Lock()
	s, ok := m.sources[name]
	m.mu.Unlock()
	if !ok || s.config.HookSecretEnv == "" {
		return refused
	}
	connector, err := m.open(s)
	if err != nil {
		m.config.Logger.Error("a webhook came for a source that can't be opened", "source", name, "error", err)
		return refused
	}
	hook, ok := connector.(connectors.Hook)
	if !ok {
		return refused
	}
	now := m.config.Clock.Now()
	delivery, err := hook.VerifyHook(header, body, now)
	if err != nil || delivery.ID == "" {
		m.config.Logger.Warn("webhook refused", "source", name, "error", err)
		return refused
	}
	// SECURITY: what is remembered of deliveries must reach further back than what
	// is still taken, or an old one would be new again.
	if age := now.Sub(delivery.At); !delivery.At.IsZero() && (age > hookAge || age < -hookAge) {
		m.config.Logger.Warn("webhook refused", "source", name, "error", "it is too old, or of a time to come")
		return refused
	}
	fresh, err := m.config.State.Deliver(ctx, s.config.Tenant, name, delivery.ID, now, now.Add(-3*hookAge))
	if err != nil {
		return err
	}
	if fresh {
		s.hint()
	}
	return nil
}
