package qdrant

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/eyeshot-dev/eyeshot"
)

// attempt runs a call whose attempts end with the errors given, in turn, and
// then well; it returns how many there were and what was waited between them.
func attempt(ctx context.Context, trailer metadata.MD, errs ...error) (attempts int, waited []time.Duration, err error) {
	r := retrier{timeout: time.Minute, pause: func(_ context.Context, d time.Duration) error {
		waited = append(waited, d)
		return nil
	}}
	err = r.intercept(ctx, "", nil, nil, nil, func(_ context.Context, _ string, _, _ any, _ *grpc.ClientConn, options ...grpc.CallOption) error {
		for _, option := range options {
			if into, is := option.(grpc.TrailerCallOption); is {
				*into.TrailerAddr = trailer
			}
		}
		attempts++
		if attempts <= len(errs) {
			return errs[attempts-1]
		}
		return nil
	})
	return attempts, waited, err
}

func TestOnlyWhatMayPassIsTriedAgain(t *testing.T) {
	again := map[codes.Code]bool{codes.Unavailable: true, codes.Aborted: true, codes.DeadlineExceeded: true}
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		attempts, _, err := attempt(t.Context(), nil, status.Error(code, ""))
		if again[code] {
			require.NoError(t, err, code)
			require.Equal(t, 2, attempts, code)
			continue
		}
		require.Equal(t, code, status.Code(err))
		require.Equal(t, 1, attempts, code)
	}
}

func TestARateLimitIsWaitedForAsLongAsItSays(t *testing.T) {
	limited := status.Error(codes.ResourceExhausted, "")
	attempts, waited, err := attempt(t.Context(), metadata.Pairs("retry-after", "3"), limited, limited)
	require.NoError(t, err)
	require.Equal(t, 3, attempts)
	require.Equal(t, []time.Duration{3 * time.Second, 3 * time.Second}, waited)
	for _, after := range []string{"soon", "-1", "3600"} {
		attempts, _, err = attempt(t.Context(), metadata.Pairs("retry-after", after), limited)
		require.Error(t, err, after)
		require.Equal(t, 1, attempts, after)
	}
}

func TestRetriesEnd(t *testing.T) {
	down := status.Error(codes.Unavailable, "")
	attempts, waited, err := attempt(t.Context(), nil, down, down, down, down, down, down)
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.Equal(t, maxAttempts, attempts)
	for i, wait := range waited {
		require.Less(t, wait, firstPause<<i*3/2)
		require.GreaterOrEqual(t, wait, firstPause<<i/2)
	}
	late, cancel := context.WithTimeout(t.Context(), firstPause/4)
	defer cancel()
	attempts, _, err = attempt(late, nil, down)
	require.Error(t, err)
	require.Equal(t, 1, attempts, "a pause beyond the deadline is not begun")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	attempts, _, err = attempt(gone, nil, down)
	require.Error(t, err)
	require.Equal(t, 1, attempts)
	require.ErrorIs(t, classify(gone, "search", err), context.Canceled)
}

func TestAnErrorIsClassifiedOnce(t *testing.T) {
	require.NoError(t, classify(t.Context(), "search", nil))
	err := classify(t.Context(), "search", eyeshot.ErrConflict)
	require.ErrorIs(t, err, eyeshot.ErrConflict)
	require.NotErrorIs(t, err, eyeshot.ErrUnavailable)
	require.ErrorIs(t, classify(t.Context(), "search", context.Canceled), context.Canceled)
}
