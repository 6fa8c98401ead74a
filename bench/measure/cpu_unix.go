//go:build linux || freebsd

package measure

import (
	"time"

	"golang.org/x/sys/unix"
)

// used returns the processor time that this thread or process has had.
func used(clock Clock) time.Duration {
	id := int32(unix.CLOCK_THREAD_CPUTIME_ID)
	if clock == Process {
		id = unix.CLOCK_PROCESS_CPUTIME_ID
	}
	var now unix.Timespec
	if err := unix.ClockGettime(id, &now); err != nil {
		return 0
	}
	return time.Duration(now.Nano())
}
