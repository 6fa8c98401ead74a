package httpsource

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// repeat makes attempts until one counts.
func (c *Client) repeat(ctx context.Context, request Request, payload []byte) ([]byte, http.Header, error) {
	fresh, refreshed := false, false
	for n := 1; ; n++ {
		if err := c.waitForLimit(ctx); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", request.name(), err)
		}
		got, err := c.attempt(ctx, request, payload, fresh)
		if err == nil {
			c.note(got)
			if got.status/100 == 2 {
				return got.body, got.header, nil
			}
			err = c.statusError(request, got)
		}
		if ctx.Err() != nil {
			return nil, nil, fmt.Errorf("%s: %w", request.name(), ctx.Err())
		}
		fresh = got.status == http.StatusUnauthorized && !refreshed && c.config.Authorize != nil
		refreshed = refreshed || fresh
		if !fresh && (n >= c.config.Attempts || !mayPass(err)) {
			return nil, nil, failure(request, err)
		}
		c.retries.Add(1)
		if fresh {
			continue
		}
		if err := c.wait(ctx, c.pause(n, got)); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", request.name(), err)
		}
	}
}

func (c *Client) statusError(request Request, got answer) error {
	return &StatusError{Status: got.status, Method: request.method(), Path: request.Path, Body: got.body[:min(len(got.body), 4<<10)]}
}

// mayPass says whether a repetition may help: after a status that passes, or
// where there was no answer at all.
func mayPass(err error) bool {
	if status := Status(err); status != 0 {
		return passing(status)
	}
	return !errors.Is(err, eyeshot.ErrInvalid) && !errors.Is(err, eyeshot.ErrUnauthenticated)
}

// failure is what an exhausted request ends in.
func failure(request Request, err error) error {
	if Status(err) != 0 {
		return err
	}
	if errors.Is(err, eyeshot.ErrInvalid) || errors.Is(err, eyeshot.ErrUnauthenticated) || errors.Is(err, eyeshot.ErrUnavailable) {
		return fmt.Errorf("%s: %w", request.name(), err)
	}
	return fmt.Errorf("%w: %s: %w", eyeshot.ErrUnavailable, request.name(), err)
}

// pause is how long to wait before attempt n+1: as long as the server says, or
// else from half a second on, twice as long each time, and no longer than half
// a minute.
func (c *Client) pause(n int, got answer) time.Duration {
	if d, ok := retryAfter(got.header, c.config.Now()); ok {
		return d
	}
	backoff := min(500*time.Millisecond<<min(n-1, 10), 30*time.Second)
	return time.Duration(float64(backoff) * jitter())
}

func (c *Client) wait(ctx context.Context, d time.Duration) error {
	if d > c.config.MaxWait {
		return fmt.Errorf("%w: the server asks to wait for %s, which is longer than %s", eyeshot.ErrUnavailable, d.Round(time.Second), c.config.MaxWait)
	}
	if d <= 0 {
		return nil
	}
	c.waited.Add(int64(d))
	return c.config.Sleep(ctx, d)
}

// waitForLimit waits until the server's limit allows another request.
func (c *Client) waitForLimit(ctx context.Context) error {
	c.mu.Lock()
	until := c.until
	c.mu.Unlock()
	if until.IsZero() {
		return nil
	}
	return c.wait(ctx, until.Sub(c.config.Now()))
}

// note remembers that a limit is used up, so that the next request waits
// instead of being refused.
func (c *Client) note(got answer) {
	until, used := exhausted(got.header, c.config.Now())
	c.mu.Lock()
	defer c.mu.Unlock()
	if used {
		c.until = until
	} else if got.status/100 == 2 {
		c.until = time.Time{}
	}
}

// retryAfter reads Retry-After: seconds or a date (RFC 9110, 10.2.3).
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 && seconds < 1e9 {
		return time.Duration(seconds * float64(time.Second)), true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0), true
	}
	return 0, false
}

// exhausted says until when a server takes no more requests. There are two
// spellings of the reset: Atlassian's is a time in ISO 8601, others give
// seconds, since 1970 or from now.
func exhausted(header http.Header, now time.Time) (until time.Time, used bool) {
	left, err := strconv.Atoi(header.Get("X-RateLimit-Remaining"))
	if err != nil || left > 0 {
		return time.Time{}, false
	}
	text := header.Get("X-RateLimit-Reset")
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && seconds >= 0 {
		if seconds < 1e9 {
			return now.Add(time.Duration(seconds) * time.Second), true
		}
		return time.Unix(seconds, 0), true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
