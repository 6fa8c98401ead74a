// Package aptlock lets the set-ups of tests install with apt one after the
// other: go test runs packages side by side, and apt gives up at once where
// another one has its lists. It installs nothing itself, and is for tests only.
package aptlock

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// poll is how often it is asked whether the lock is free.
const poll = 200 * time.Millisecond

// Lock waits until no other process of this user holds the lock, or until ctx
// ends, and returns what releases it. The end of the process does too.
func Lock(ctx context.Context) (release func(), err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cache, "eyeshot")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, "apt.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for !try(file) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			_ = file.Close() // nothing was written
			return nil, fmt.Errorf("wait for another test's set-up to install: %w", ctx.Err())
		}
	}
	return func() { _ = file.Close() }, nil
}
