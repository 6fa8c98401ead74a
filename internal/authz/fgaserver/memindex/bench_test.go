package memindex

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openfga/openfga/pkg/storage"
)

// million builds the index of a tracker with a million relationships: three on
// each ticket, and groups.
func million(tb testing.TB) *snapshot {
	tb.Helper()
	b := newBuilder()
	at := time.UnixMilli(1_700_000_000_000)
	add := func(object, relation, user string, userset bool) {
		require.NoError(tb, b.add(Tuple{Key: Key{object, relation, user}, Userset: userset, WrittenAt: at}))
	}
	for n := range 300_000 {
		ticket := fmt.Sprintf("ticket:jira-main/PAY-%d", n)
		add(ticket, "project", fmt.Sprintf("project:jira-main/P%d", n%500), false)
		add(ticket, "level", fmt.Sprintf("security_level:jira-main/L%d", n%8), false)
		add(ticket, "reporter", fmt.Sprintf("user:u%d@example.com", n%20_000), false)
	}
	for n := range 100_000 {
		add(fmt.Sprintf("group:team-%d", n%5_000), "member", fmt.Sprintf("user:u%d@example.com", n/5), false)
	}
	return b.snapshot()
}

// BenchmarkMemory reports the bytes that one of a million tuples takes, names
// and trees and all.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		before := heapBytes()
		s := million(b)
		b.ReportMetric(float64(heapBytes()-before)/float64(s.tuples), "bytes/tuple")
		runtime.KeepAlive(s)
	}
}

func heapBytes() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkReadUserTuple(b *testing.B) {
	s := million(b)
	n := 0
	for b.Loop() {
		f := storage.ReadUserTupleFilter{Object: fmt.Sprintf("ticket:jira-main/PAY-%d", n%300_000), Relation: "reporter", User: fmt.Sprintf("user:u%d@example.com", n%20_000)}
		_, err := s.userTuple(f)
		require.NoError(b, err)
		n += 7919
	}
}

func BenchmarkApply(b *testing.B) {
	s := million(b)
	n := 0
	for b.Loop() {
		var changes []change
		for range 100 {
			k := Key{fmt.Sprintf("ticket:jira-main/NEW-%d", n), "project", fmt.Sprintf("project:jira-main/P%d", n%500)}
			changes = append(changes, change{key: k, tuple: &Tuple{Key: k}})
			n++
		}
		var err error
		s, err = s.apply(changes)
		require.NoError(b, err)
	}
}
