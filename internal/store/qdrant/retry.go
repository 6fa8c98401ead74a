package qdrant

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/eyeshot-dev/eyeshot"
)

// Retries of one call. Every call of this driver may be repeated: points have
// ids of their own, and filters name what they change.
const (
	maxAttempts   = 4
	firstPause    = 100 * time.Millisecond
	maxRetryAfter = 10 * time.Second
)

// retrier repeats calls that failed in a way that may pass.
type retrier struct {
	timeout time.Duration // of one attempt
	pause   func(ctx context.Context, d time.Duration) error
}

func newRetrier(timeout time.Duration) retrier { return retrier{timeout: timeout, pause: pause} }

// pause waits, or fails when the context ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r retrier) intercept(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	for attempt := 1; ; attempt++ {
		var trailer metadata.MD
		attemptCtx, cancel := context.WithTimeout(ctx, r.timeout)
		err := invoke(attemptCtx, method, request, reply, conn, append(options, grpc.Trailer(&trailer))...)
		cancel()
		wait, again := waitBefore(err, attempt, trailer)
		if !again || attempt == maxAttempts || ctx.Err() != nil {
			return err
		}
		if deadline, set := ctx.Deadline(); set && time.Until(deadline) < wait {
			return err // it would be too late
		}
		if r.pause(ctx, wait) != nil {
			return err
		}
	}
}

// waitBefore says whether a failed call may be repeated, and after what pause:
// only for codes that say so. Qdrant answers a rate limit with ResourceExhausted
// and retry-after in seconds; without that header it means a limit that stays.
func waitBefore(err error, attempt int, trailer metadata.MD) (time.Duration, bool) {
	switch status.Code(err) {
	case codes.Unavailable, codes.Aborted, codes.DeadlineExceeded:
		backoff := firstPause << (attempt - 1)
		return backoff/2 + rand.N(backoff), true
	case codes.ResourceExhausted:
		after := trailer.Get("retry-after")
		if len(after) == 0 {
			return 0, false
		}
		seconds, err := strconv.Atoi(after[0])
		wait := time.Duration(seconds) * time.Second
		return wait, err == nil && wait >= 0 && wait <= maxRetryAfter
	}
	return 0, false
}

// classify turns an error of a call into one that says whether a retry is safe.
//
// SECURITY: no error of a call is ErrUnauthenticated or ErrForbidden, which
// would tell a user of a key that is none of theirs.
func classify(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	}
	reported, isStatus := status.FromError(err)
	if !isStatus {
		if known(err) {
			return fmt.Errorf("%s: %w", doing, err)
		}
		return fmt.Errorf("%s: %w: %w", doing, eyeshot.ErrUnavailable, err)
	}
	switch reported.Code() {
	case codes.InvalidArgument, codes.OutOfRange, codes.Unimplemented:
		return fmt.Errorf("%s: %w: %s", doing, eyeshot.ErrInvalid, reported.Message())
	case codes.Unauthenticated, codes.PermissionDenied:
		return fmt.Errorf("%s: %w: Qdrant refuses the API key (%s)", doing, eyeshot.ErrConflict, reported.Code())
	case codes.NotFound, codes.AlreadyExists, codes.FailedPrecondition, codes.DataLoss:
		return fmt.Errorf("%s: %w: %s", doing, eyeshot.ErrConflict, reported.Message())
	}
	return fmt.Errorf("%s: %w: Qdrant says %s", doing, eyeshot.ErrUnavailable, reported.Code())
}

// known says whether an error has been classified before.
func known(err error) bool {
	for _, kind := range []error{eyeshot.ErrUnavailable, eyeshot.ErrInvalid, eyeshot.ErrConflict, eyeshot.ErrNotFound, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
