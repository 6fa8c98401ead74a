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

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/memfga"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/worlds"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

var documents = flag.Int("documents", 100_000, "documents of the benchmarks' world; the goals are stated for 1000000")

// BenchmarkAllowed asks for all documents of a type that a principal may read,
// one principal after the other, with nothing kept between them.
func BenchmarkAllowed(b *testing.B) {
	index, size := largeIndex(b)
	for _, types := range [][]string{{"ticket"}, {"document"}, {"ticket", "document", "comment"}} {
		b.Run(fmt.Sprint(types), func(b *testing.B) {
			view := index.View()
			m := newMeter(b)
			for i := 0; b.Loop(); i++ {
				user := worlds.LargeUser(i % size.Users)
				allowed := 0
				m.start()
				for _, typ := range types {
					_, upper := view.Allowed(user, "can_read", typ)
					allowed += int(upper.GetCardinality())
				}
				m.stop(allowed)
			}
			m.report()
		})
	}
}

// BenchmarkReaders asks for the readers of one document after the other.
func BenchmarkReaders(b *testing.B) {
	index, _ := largeIndex(b)
	view := index.View()
	for i := 0; b.Loop(); i++ {
		typ := []string{"ticket", "document"}[i%2]
		object, _ := view.Numbering().Object(typ, uint32(i))
		view.Readers(object, "can_read")
	}
}

// BenchmarkMemberships asks for the sets that one principal after the other is in.
func BenchmarkMemberships(b *testing.B) {
	index, size := largeIndex(b)
	view := index.View()
	for i := 0; b.Loop(); i++ {
		view.Memberships(worlds.LargeUser(i % size.Users))
	}
}

// BenchmarkBuild reads and orders the whole world.
func BenchmarkBuild(b *testing.B) {
	size := worlds.Million(*documents)
	source := &memfga.Static{Relationships: worlds.Large(size, 1), Schema: shipped(b)}
	for b.Loop() {
		index, err := authzsync.Open(b.Context(), source, authzsync.Options{})
		require.NoError(b, err)
		sets, ids := index.View().Memory()
		b.ReportMetric(float64(sets)/float64(size.Documents), "set-B/doc")
		b.ReportMetric(float64(ids)/float64(size.Documents), "id-B/doc")
	}
	b.ReportMetric(float64(len(source.Relationships)), "relationships")
}

// BenchmarkLeave takes a member out of a group: a group that reaches one
// document, and one that reaches projects of them.
func BenchmarkLeave(b *testing.B) {
	index, _ := largeIndex(b)
	for reach, grants := range map[string][]string{
		"one":  {"ticket:jira-main/alone"},
		"many": {"project:jira-main/P001", "project:jira-main/P002", "project:jira-main/P003", "project:jira-main/P004", "project:jira-main/P005"},
	} {
		b.Run(reach, func(b *testing.B) {
			group := "group:reaches-" + reach
			var writes []eyeshot.Relationship
			for _, object := range grants {
				writes = append(writes, eyeshot.Relationship{Subject: eyeshot.Subject(group + "#member"), Relation: "viewer", Object: eyeshot.Object(object)})
			}
			index.Apply(writes, nil)
			member := []eyeshot.Relationship{{Subject: "user:leaver", Relation: "member", Object: eyeshot.Object(group)}}
			without := reached(index)
			m := newMeter(b)
			for b.Loop() {
				index.Apply(member, nil)
				lost := reached(index) - without
				m.start()
				index.Apply(nil, member)
				m.stop(lost)
			}
			m.report()
		})
	}
}

func reached(index *authzsync.Index) int {
	_, tickets := index.View().Allowed("user:leaver", "can_read", "ticket")
	_, documents := index.View().Allowed("user:leaver", "can_read", "document")
	return int(tickets.GetCardinality() + documents.GetCardinality())
}

// BenchmarkListObjects compares the index with OpenFGA's own streamed list, for
// a principal who may read 10,000 documents.
func BenchmarkListObjects(b *testing.B) {
	store := authztest.NewStore(b, "")
	const allowed = 10_000
	relationships := authztest.Tuples(b, "group:eng#member@user:alice", "project:jira/PAY#viewer@group:eng#member")
	for i := range allowed {
		relationships = append(relationships, authztest.Tuples(b, fmt.Sprintf("ticket:jira/PAY-%d#project@project:jira/PAY\nticket:jira/PAY-%d#open@user:*", i, i))...)
	}
	require.NoError(b, store.Write(b.Context(), relationships, nil))
	index, err := authzsync.Open(b.Context(), store, authzsync.Options{})
	require.NoError(b, err)
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			_, upper := index.View().Allowed("user:alice", "can_read", "ticket")
			require.Equal(b, uint64(allowed), upper.GetCardinality())
		}
	})
	b.Run("openfga", func(b *testing.B) {
		listed := 0
		for b.Loop() {
			listed = 0
			for _, err := range store.StreamObjects(b.Context(), "user:alice", "can_read", "ticket", nil) {
				require.NoError(b, err)
				listed++
			}
		}
		b.ReportMetric(float64(listed), "docs")
	})
}

func largeIndex(tb testing.TB) (*authzsync.Index, worlds.Size) {
	tb.Helper()
	size := worlds.Million(*documents)
	source := &memfga.Static{Relationships: worlds.Large(size, 1), Schema: shipped(tb)}
	index, err := authzsync.Open(tb.Context(), source, authzsync.Options{DocumentTypes: []string{"ticket", "comment", "document"}})
	require.NoError(tb, err)
	runtime.GC()
	return index, size
}

// meter measures single operations, by the clock and by the processor time of
// this thread: where a machine does other things as well, only the latter says
// what an operation costs.
type meter struct {
	*testing.B
	began     time.Time
	used      time.Duration
	wall, cpu []time.Duration
	sizes     []int
}

func newMeter(b *testing.B) *meter {
	runtime.LockOSThread()
	b.Cleanup(runtime.UnlockOSThread)
	return &meter{B: b}
}

func (m *meter) start() { m.began, m.used = time.Now(), m.thread() }

func (m *meter) stop(size int) {
	m.wall = append(m.wall, time.Since(m.began))
	m.cpu = append(m.cpu, m.thread()-m.used)
	m.sizes = append(m.sizes, size)
}

func (m *meter) thread() time.Duration {
	var now unix.Timespec
	require.NoError(m, unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now))
	return time.Duration(now.Nano())
}

func (m *meter) report() {
	for name, times := range map[string][]time.Duration{"": m.wall, "cpu-": m.cpu} {
		slices.Sort(times)
		m.ReportMetric(float64(at(times, 0.5).Nanoseconds())/1e3, "p50-"+name+"µs")
		m.ReportMetric(float64(at(times, 0.99).Nanoseconds())/1e3, "p99-"+name+"µs")
	}
	slices.Sort(m.sizes)
	m.ReportMetric(float64(at(m.sizes, 0.5)), "docs-p50")
	m.ReportMetric(float64(at(m.sizes, 1)), "docs-max")
}

func at[T any](sorted []T, quantile float64) T { return sorted[int(quantile*float64(len(sorted)-1))] }
