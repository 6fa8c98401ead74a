package files

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

func TestNoMoreThanAFewPDFsTurnInACircle(t *testing.T) {
	p := newPDFs()
	release, turning := make(chan struct{}), sync.WaitGroup{}
	circle := func(context.Context) (string, error) {
		defer turning.Done()
		<-release
		return "too late", nil
	}
	for range mostStuck {
		turning.Add(1)
		_, err := p.text(t.Context(), 1, circle)
		require.ErrorIs(t, err, errGaveUp)
	}
	good := func(context.Context) (string, error) { return "good", nil }
	_, err := p.text(t.Context(), time.Hour, good)
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
	require.Equal(t, connectors.Unreadable, refusal("good.pdf", err).Kind, "and it is read again when it can be")
	close(release)
	turning.Wait()
	require.Eventually(t, func() bool {
		text, err := p.text(t.Context(), time.Hour, good)
		return err == nil && text == "good"
	}, 10*time.Second, time.Millisecond)
}
