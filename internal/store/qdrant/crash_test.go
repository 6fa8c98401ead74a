package qdrant_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	qc "github.com/qdrant/go-client/qdrant"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant"
	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant/fakeqdrant"
)

// isWrite says whether a call changes points.
func isWrite(method string) bool {
	for _, name := range []string{"Upsert", "Delete", "SetPayload", "DeletePayload", "UpdateBatch"} {
		if strings.HasSuffix(method, "/"+name) {
			return true
		}
	}
	return false
}

// failFrom makes the k-th write and all that follow fail: before the server does
// them or, with lost, the k-th after it was done.
func failFrom(server *fakeqdrant.Server, k int, lost bool) {
	var n atomic.Int64
	broken := status.Error(codes.Internal, "broken")
	server.Set(func(o *fakeqdrant.Options) {
		o.Before = func(method string, _ any) error {
			if !isWrite(method) {
				return nil
			}
			if at := int(n.Add(1)); at > k || at == k && !lost {
				return broken
			}
			return nil
		}
		o.After = func(method string, _ any) error {
			if isWrite(method) && int(n.Load()) == k && lost {
				return broken
			}
			return nil
		}
	})
}

func heal(server *fakeqdrant.Server) {
	server.Set(func(o *fakeqdrant.Options) { o.Before, o.After = nil, nil })
}

// TestAWriteThatBreaksOffLeavesTheOldOrTheNew breaks a write off at each of its
// calls in turn, and looks at what a new process finds, and what the next write
// makes of it.
func TestAWriteThatBreaksOffLeavesTheOldOrTheNew(t *testing.T) {
	old := []string{"{ticket:a/1 0} old one", "{ticket:a/1 1} old two", "{ticket:a/2 0} old"}
	fresh := []string{"{ticket:a/1 0} new", "{ticket:a/2 0} new one", "{ticket:a/2 1} new two", "{ticket:a/3 0} new"}
	write := func(s *store.Service) error {
		return s.Upsert(t.Context(), acme, []store.Record{record("ticket:a/1", "new"), record("ticket:a/2", "new one", "new two"), record("ticket:a/3", "new")})
	}
	sawOld, sawNew := false, false
	for _, lost := range []bool{false, true} {
		for k, ended := 1, false; !ended; k++ {
			t.Run(fmt.Sprintf("call %d, lost %v", k, lost), func(t *testing.T) {
				config, server := place(t, fakeqdrant.Options{})
				needFake(t, server)
				first := open(t, config)
				require.NoError(t, first.Upsert(t.Context(), acme, []store.Record{record("ticket:a/1", "old one", "old two"), record("ticket:a/2", "old")}))
				require.Equal(t, old, texts(t, first, acme))

				failFrom(server, k, lost)
				err := write(first)
				heal(server)
				ended = err == nil && k > 1
				if err != nil {
					require.ErrorIs(t, err, eyeshot.ErrUnavailable, "a retry may succeed")
				}
				found := texts(t, open(t, config), acme)
				if found[0] == old[0] {
					require.Equal(t, old, found)
					require.Error(t, err, "a write that counts for its writer counts for all")
					sawOld = true
				} else {
					require.Equal(t, fresh, found)
					sawNew = true
				}
				// The next write clears away what was begun, and counts alone.
				next := open(t, config)
				require.NoError(t, next.Delete(t.Context(), acme, []eyeshot.Object{"ticket:a/1"}))
				for _, text := range texts(t, next, acme) {
					require.NotContains(t, text, "ticket:a/1")
				}
				require.Len(t, texts(t, next, acme), len(found)-strings.Count(strings.Join(found, " "), "ticket:a/1 "))
				// So does a retry in the process that saw the failure.
				require.NoError(t, write(first))
				require.Equal(t, fresh, texts(t, open(t, config), acme))
			})
		}
	}
	require.True(t, sawOld && sawNew || t.Skipped(), "the write was broken off before and after it counts")
}

// TestAListingFollowsAWriteWhoseEndItsWriterNeverSaw: the commit was done, and
// its answer lost.
func TestAListingFollowsAWriteWhoseEndItsWriterNeverSaw(t *testing.T) {
	config, server := place(t, fakeqdrant.Options{})
	needFake(t, server)
	s := open(t, config)
	require.NoError(t, s.Upsert(t.Context(), acme, []store.Record{record("ticket:a/1", "x"), record("ticket:a/2", "x")}))
	page, err := s.Objects(t.Context(), acme, "", 1)
	require.NoError(t, err)
	require.Equal(t, []eyeshot.Object{"ticket:a/1"}, page)
	failFrom(server, 3, true) // points, marks, commit
	require.ErrorIs(t, s.Upsert(t.Context(), acme, []store.Record{record("ticket:a/3", "x")}), eyeshot.ErrUnavailable)
	heal(server)
	require.NoError(t, s.Upsert(t.Context(), acme, []store.Record{record("ticket:a/4", "x")}))
	page, err = s.Objects(t.Context(), acme, "ticket:a/1", 9)
	require.NoError(t, err)
	require.Equal(t, []eyeshot.Object{"ticket:a/2", "ticket:a/3", "ticket:a/4"}, page)
}

func TestATenantHasOneEntryHoweverOftenItsPreparationFailed(t *testing.T) {
	config, server := place(t, fakeqdrant.Options{})
	needFake(t, server)
	driver, err := qdrant.Open(t.Context(), config)
	require.NoError(t, err)
	defer driver.Close()
	for range 3 {
		failFrom(server, 1, true) // it was entered, and nobody told
		require.ErrorIs(t, driver.Prepare(t.Context(), acme, model()), eyeshot.ErrUnavailable)
		heal(server)
	}
	require.NoError(t, driver.Prepare(t.Context(), acme, model()))
	require.NoError(t, driver.Upsert(t.Context(), acme, []store.Record{record("ticket:a/1", "kept")}))
	require.Equal(t, 1, server.Points(config.Prefix+"-catalogue"))
	require.Equal(t, []string{"{ticket:a/1 0} kept"}, texts(t, open(t, config), acme))
}

func TestDeadPointsGoWhenNoSearchSeesThem(t *testing.T) {
	config, server := place(t, fakeqdrant.Options{})
	needFake(t, server)
	s := open(t, config)
	points := func() int { return server.Points(config.Prefix + "-4") }
	require.NoError(t, s.Upsert(t.Context(), acme, []store.Record{record("ticket:a/1", "one", "two"), record("ticket:a/2", "three")}))
	require.Equal(t, 5, points(), "a point for each document and each chunk")
	require.NoError(t, s.Delete(t.Context(), acme, []eyeshot.Object{"ticket:a/2"}))
	require.Equal(t, 3, points(), "at once, where nobody looks")

	lists, err := s.Search(t.Context(), acme, store.Query{Vector: axis(0), Text: "one", Access: store.AccessEverythingForTheGateToDecide()})
	require.NoError(t, err)
	require.NoError(t, s.Upsert(t.Context(), acme, []store.Record{record("ticket:a/1", "new")}))
	require.Equal(t, 5, points(), "the open search still sees the old ones")
	require.NoError(t, lists.Semantic.Close())
	require.NoError(t, lists.Keyword.Close())
	require.Eventually(t, func() bool { return points() == 2 }, waitLong, waitShort)

	require.NoError(t, s.DropIndex(t.Context(), acme))
	require.Zero(t, points())
}

func TestWhatADroppedIndexLeavesIsNeverFound(t *testing.T) {
	config, server := place(t, fakeqdrant.Options{})
	needFake(t, server)
	s := open(t, config)
	require.NoError(t, s.Upsert(t.Context(), acme, []store.Record{record("ticket:a/1", "old")}))
	failFrom(server, 2, false) // the index is struck out, and its points stay
	require.NoError(t, s.DropIndex(t.Context(), acme))
	heal(server)
	require.Equal(t, 2, server.Points(config.Prefix+"-4"))
	require.NoError(t, s.Prepare(t.Context(), acme, model()))
	require.Empty(t, texts(t, s, acme))
	open(t, config) // whoever opens the store next clears them away
	require.Eventually(t, func() bool { return server.Points(config.Prefix+"-4") == 0 }, waitLong, waitShort)
}

func TestAWriteThatIsNotAppliedYetDoesNotCount(t *testing.T) {
	config, server := place(t, fakeqdrant.Options{})
	needFake(t, server)
	s := open(t, config)
	server.Set(func(o *fakeqdrant.Options) {
		o.Before = func(_ string, request any) error {
			if upsert, is := request.(*qc.UpsertPoints); is {
				upsert.Wait = qc.PtrOf(false) // the server answers before it is done
			}
			return nil
		}
	})
	require.ErrorIs(t, s.Upsert(t.Context(), acme, []store.Record{record("ticket:a/1", "x")}), eyeshot.ErrUnavailable)
	heal(server)
	require.Empty(t, texts(t, s, acme))
}

func TestAForeignCollectionIsLeftAlone(t *testing.T) {
	config, _ := place(t, fakeqdrant.Options{})
	require.NoError(t, client(t, config).CreateCollection(t.Context(), &qc.CreateCollection{
		CollectionName: config.Prefix + "-4", VectorsConfig: qc.NewVectorsConfig(&qc.VectorParams{Size: 4, Distance: qc.Distance_Euclid}),
	}))
	driver, err := qdrant.Open(t.Context(), config)
	require.NoError(t, err)
	defer driver.Close()
	require.ErrorIs(t, driver.Prepare(t.Context(), acme, model()), eyeshot.ErrConflict)
}
