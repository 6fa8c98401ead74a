package fgaserver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	openfga "github.com/openfga/go-sdk"
	"github.com/openfga/go-sdk/client"
	"github.com/stretchr/testify/require"
)

// worldDir makes the big world once and keeps it for the next run, because it
// takes longer to write than to measure.
func worldDir(tb testing.TB) (string, world) {
	tb.Helper()
	dir := filepath.Join(os.TempDir(), "eyeshot-fgaserver-bench-1")
	idFile := filepath.Join(dir, "world")
	if b, err := os.ReadFile(idFile); err == nil {
		var w world
		_, err := fmt.Sscan(string(b), &w.store, &w.model)
		require.NoError(tb, err)
		return dir, w
	}
	require.NoError(tb, os.RemoveAll(dir))
	s, err := Open(context.Background(), Config{Dir: dir, MaxTuplesPerWrite: 2000})
	require.NoError(tb, err)
	start := time.Now()
	w := newWorld(tb, s, bigWorld)
	tb.Logf("world written in %v", time.Since(start))
	require.NoError(tb, s.Close(context.Background()))
	require.NoError(tb, os.WriteFile(idFile, []byte(w.store+" "+w.model), 0o600))
	return dir, w
}

func batch(r *rand.Rand, n int) client.ClientBatchCheckRequest {
	user := userName(r.IntN(bigWorld.users))
	var req client.ClientBatchCheckRequest
	for i := range n {
		req.Checks = append(req.Checks, client.ClientBatchCheckItem{
			User: user, Relation: "can_read", Object: ticketName(r.IntN(bigWorld.tickets)),
			CorrelationId: fmt.Sprint(i),
		})
	}
	return req
}

func runBatch(tb testing.TB, c *client.OpenFgaClient, req client.ClientBatchCheckRequest) time.Duration {
	higher := openfga.CONSISTENCYPREFERENCE_HIGHER_CONSISTENCY
	start := time.Now()
	res, err := c.BatchCheck(context.Background()).Body(req).Options(client.BatchCheckOptions{Consistency: &higher}).Execute()
	took := time.Since(start)
	require.NoError(tb, err)
	require.Len(tb, res.GetResult(), len(req.Checks))
	return took
}

// BenchmarkBatchCheck measures a BatchCheck of tickets in a world of 100,000
// through go-sdk, with the read index and with OpenFGA's SQLite datastore alone,
// turn by turn over the same questions. "ratio" is how many times faster the
// index is.
func BenchmarkBatchCheck(b *testing.B) {
	dir, w := worldDir(b)
	indexed := sdk(b, open(b, Config{Dir: dir}), w)
	plain := sdk(b, open(b, Config{Dir: dir, PlainSQLite: true}), w)
	for _, n := range []int{10, 50} {
		b.Run(fmt.Sprintf("tickets=%d", n), func(b *testing.B) {
			r := rand.New(rand.NewPCG(3, uint64(n)))
			for range 20 {
				req := batch(r, n)
				runBatch(b, indexed, req)
				runBatch(b, plain, req)
			}
			var fast, slow time.Duration
			for b.Loop() {
				req := batch(r, n)
				fast += runBatch(b, indexed, req)
				slow += runBatch(b, plain, req)
			}
			b.ReportMetric(float64(fast.Microseconds())/float64(b.N), "indexed-µs/op")
			b.ReportMetric(float64(slow.Microseconds())/float64(b.N), "sqlite-µs/op")
			b.ReportMetric(float64(slow)/float64(fast), "ratio")
		})
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func readable(tb testing.TB, c *client.OpenFgaClient, user string) []string {
	res, err := c.ListObjects(context.Background()).Body(client.ClientListObjectsRequest{User: user, Relation: "can_read", Type: "ticket"}).Execute()
	require.NoError(tb, err)
	return res.GetObjects()
}
