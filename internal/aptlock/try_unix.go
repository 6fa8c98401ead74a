//go:build unix

package aptlock

import (
	"os"
	"syscall"
)

// try takes the lock unless another process has it.
func try(file *os.File) bool {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
