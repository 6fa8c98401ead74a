package fgaserver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	openfga "github.com/openfga/go-sdk"
	"github.com/openfga/go-sdk/client"
	"github.com/openfga/openfga/pkg/storage"
	"github.com/stretchr/testify/require"
)

// BenchmarkBatchCheck measures a BatchCheck of tickets in a world of 100,000
// through go-sdk, with the read index and with OpenFGA's SQLite datastore alone,
// turn by turn over the same questions. "ratio" is how many times faster the
// index is. "readable" asks about tickets that the user may read, as a gate
// behind a good pre-filter does; "random" about any.
func BenchmarkBatchCheck(b *testing.B) {
	dir := b.TempDir()
	indexed := open(b, Config{Dir: dir, MaxTuplesPerWrite: 2000})
	w := newWorld(b, indexed, bigWorld)
	plain := open(b, Config{Dir: dir, PlainSQLite: true})
	fast, slow := sdk(b, indexed, w), sdk(b, plain, w)
	for _, n := range []int{10, 50} {
		b.Run(fmt.Sprintf("random=%d", n), func(b *testing.B) {
			compare(b, fast, slow, randomQuestions(n))
		})
		b.Run(fmt.Sprintf("readable=%d", n), func(b *testing.B) {
			compare(b, fast, slow, readableQuestions(b, fast, n))
		})
	}
}

func compare(b *testing.B, indexed, plain *client.OpenFgaClient, questions []client.ClientBatchCheckRequest) {
	var fast, slow []time.Duration
	for _, q := range questions {
		ask(b, indexed, q)
		ask(b, plain, q)
	}
	for b.Loop() {
		q := questions[len(fast)%len(questions)]
		fast = append(fast, ask(b, indexed, q))
		slow = append(slow, ask(b, plain, q))
	}
	slices.Sort(fast)
	slices.Sort(slow)
	f, s := fast[len(fast)/2], slow[len(slow)/2]
	b.ReportMetric(float64(f.Microseconds()), "indexed-µs")
	b.ReportMetric(float64(s.Microseconds()), "sqlite-µs")
	b.ReportMetric(float64(s)/float64(f), "ratio")
	b.ReportMetric(0, "ns/op")
}

func ask(tb testing.TB, c *client.OpenFgaClient, q client.ClientBatchCheckRequest) time.Duration {
	start := time.Now()
	res, err := c.BatchCheck(context.Background()).Body(q).
		Options(client.BatchCheckOptions{Consistency: openfga.CONSISTENCYPREFERENCE_HIGHER_CONSISTENCY.Ptr()}).Execute()
	took := time.Since(start)
	require.NoError(tb, err)
	require.Len(tb, res.GetResult(), len(q.Checks))
	return took
}

const questionsAsked = 20

func question(user string, tickets []string) client.ClientBatchCheckRequest {
	var q client.ClientBatchCheckRequest
	for i, ticket := range tickets {
		q.Checks = append(q.Checks, client.ClientBatchCheckItem{
			User: user, Relation: "can_read", Object: ticket, CorrelationId: fmt.Sprint(i),
		})
	}
	return q
}

func randomQuestions(n int) []client.ClientBatchCheckRequest {
	r := rand.New(rand.NewPCG(3, uint64(n)))
	out := make([]client.ClientBatchCheckRequest, questionsAsked)
	for i := range out {
		var tickets []string
		for range n {
			tickets = append(tickets, ticketName(r.IntN(bigWorld.tickets)))
		}
		out[i] = question(userName(r.IntN(bigWorld.users)), tickets)
	}
	return out
}

func readableQuestions(tb testing.TB, c *client.OpenFgaClient, n int) []client.ClientBatchCheckRequest {
	r := rand.New(rand.NewPCG(4, uint64(n)))
	var out []client.ClientBatchCheckRequest
	for len(out) < questionsAsked {
		user := userName(r.IntN(bigWorld.users))
		res, err := c.ListObjects(context.Background()).Body(client.ClientListObjectsRequest{User: user, Relation: "can_read", Type: "ticket"}).Execute()
		require.NoError(tb, err)
		if can := res.GetObjects(); len(can) >= n {
			r.Shuffle(len(can), func(i, j int) { can[i], can[j] = can[j], can[i] })
			out = append(out, question(user, can[:n]))
		}
	}
	return out
}

// BenchmarkWrite measures what the index and a commit that waits for the disk
// add to a Write of 100 tuples.
func BenchmarkWrite(b *testing.B) {
	for name, cfg := range map[string]Config{"indexed": {}, "sqlite": {PlainSQLite: true}} {
		b.Run(name, func(b *testing.B) {
			cfg.Dir = b.TempDir()
			s := open(b, cfg)
			store, err := s.datastore.CreateStore(context.Background(), &openfgav1.Store{Id: "01HZX00000000000000000000B", Name: "b"})
			require.NoError(b, err)
			n := 0
			for b.Loop() {
				var writes storage.Writes
				for range 100 {
					writes = append(writes, &openfgav1.TupleKey{Object: ticketName(n), Relation: "project", User: projectName(n % 500)})
					n++
				}
				require.NoError(b, s.datastore.Write(context.Background(), store.GetId(), nil, writes))
			}
		})
	}
}
