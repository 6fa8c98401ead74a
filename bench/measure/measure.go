// Package measure times single operations and says how far its figures can be
// trusted: quantiles and ratios with confidence intervals, and fitted exponents.
// It knows nothing of what is measured.
package measure

import (
	"runtime"
	"time"
)

// Clock says which time a [Meter] takes beside that of the wall.
type Clock int

// The clocks. Thread is right for work that stays on one goroutine, Process for
// work that spreads, where nothing else runs in the process meanwhile. Both leave
// out what other processes do on a busy machine, which the wall shows.
const (
	Thread Clock = iota
	Process
)

// Meter times one operation after the other, on one goroutine. The zero Meter
// takes the time of the thread, for which its user has bound the goroutine to
// one; [NewMeter] does.
type Meter struct {
	Clock Clock
	Wall  []float64 // microseconds, one an operation
	CPU   []float64 // microseconds; 0 where the system has no such clock

	began time.Time
	used  time.Duration
}

// NewMeter returns a meter for the calling goroutine, which it binds to its
// thread until Close.
func NewMeter(clock Clock) *Meter {
	runtime.LockOSThread()
	return &Meter{Clock: clock}
}

// Close sets the goroutine free.
func (m *Meter) Close() { runtime.UnlockOSThread() }

// Start begins an operation.
func (m *Meter) Start() { m.began, m.used = time.Now(), used(m.Clock) }

// Stop ends it.
func (m *Meter) Stop() {
	cpu := used(m.Clock) - m.used
	m.Wall = append(m.Wall, micros(time.Since(m.began)))
	m.CPU = append(m.CPU, micros(cpu))
}

// Time is one operation between Start and Stop.
func (m *Meter) Time(operation func() error) error {
	m.Start()
	err := operation()
	m.Stop()
	return err
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
