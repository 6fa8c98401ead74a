package authzsync_test

import (
	"flag"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/memfga"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/worlds"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/model"
)

var documents = flag.Int("documents", 100_000, "documents of the benchmarks' world; the goals are stated for 1000000")

// BenchmarkAllowed asks for all tickets and documents that a principal may
// read, one principal after the other, with nothing kept between them.
func BenchmarkAllowed(b *testing.B) {
	index, size := largeIndex(b)
	view := index.View()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var times, cpu []time.Duration
	var cards []int
	for i := 0; b.Loop(); i++ {
		user := worlds.LargeUser(i % size.Users)
		began, used := time.Now(), threadTime(b)
		_, tickets := view.Allowed(user, "can_read", "ticket")
		_, documents := view.Allowed(user, "can_read", "document")
		times = append(times, time.Since(began))
		cpu = append(cpu, threadTime(b)-used)
		cards = append(cards, int(tickets.GetCardinality()+documents.GetCardinality()))
	}
	slices.Sort(times)
	slices.Sort(cpu)
	slices.Sort(cards)
	at := func(q float64) int { return int(q * float64(len(times)-1)) }
	b.ReportMetric(float64(times[at(0.5)].Microseconds()), "p50-µs")
	b.ReportMetric(float64(times[at(0.99)].Microseconds()), "p99-µs")
	b.ReportMetric(float64(cpu[at(0.5)].Microseconds()), "p50-cpu-µs")
	b.ReportMetric(float64(cpu[at(0.99)].Microseconds()), "p99-cpu-µs")
	b.ReportMetric(float64(cards[at(0.5)]), "allowed-p50")
	b.ReportMetric(float64(cards[at(1)]), "allowed-max")
}

// threadTime is the processor time that this thread has used: on a machine that
// does other things as well, it says what an operation costs.
func threadTime(tb testing.TB) time.Duration {
	var now unix.Timespec
	require.NoError(tb, unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now))
	return time.Duration(now.Nano())
}

func largeIndex(tb testing.TB) (*authzsync.Index, worlds.Size) {
	tb.Helper()
	size := worlds.Million(*documents)
	encoded, err := model.JSON(model.DSL())
	require.NoError(tb, err)
	parsed, err := authz.ParseModel(encoded)
	require.NoError(tb, err)
	parsed.ID = "eyeshot"
	source := &memfga.Static{Relationships: worlds.Large(size, 1), Schema: parsed}
	began := time.Now()
	index, err := authzsync.Open(tb.Context(), source, authzsync.Options{})
	require.NoError(tb, err)
	fmt.Printf("built %d relationships in %v\n", len(source.Relationships), time.Since(began))
	runtime.GC()
	return index, size
}
