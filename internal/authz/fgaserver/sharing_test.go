package fgaserver

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/storage"
	"github.com/openfga/openfga/pkg/tuple"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/authz/fgaserver/memindex"
)

// A project with a viewer and tickets in it.
func newTickets(t *testing.T, s *Server, n int) (world, *openfgav1.BatchCheckRequest) {
	t.Helper()
	c := openfgav1.NewOpenFGAServiceClient(s.Conn())
	w := newStore(t, c, ticketModel)
	tuples := []*openfgav1.TupleKey{
		tuple.NewTupleKey("project:p", "viewer", "group:g#member"), tuple.NewTupleKey("group:g", "member", "user:a"), tuple.NewTupleKey("security_level:l", "cleared", "user:a"),
	}
	req := &openfgav1.BatchCheckRequest{StoreId: w.store, AuthorizationModelId: w.model, Consistency: openfgav1.ConsistencyPreference_HIGHER_CONSISTENCY}
	for i := range n {
		ticket := fmt.Sprintf("ticket:%d", i)
		tuples = append(tuples, tuple.NewTupleKey(ticket, "project", "project:p"), tuple.NewTupleKey(ticket, "level", "security_level:l"))
		req.Checks = append(req.Checks, &openfgav1.BatchCheckItem{CorrelationId: fmt.Sprint(i), TupleKey: tuple.NewCheckRequestTupleKey(ticket, "can_read", "user:a")})
	}
	_, err := c.Write(t.Context(), &openfgav1.WriteRequest{StoreId: w.store, AuthorizationModelId: w.model, Writes: &openfgav1.WriteRequestWrites{TupleKeys: tuples}})
	require.NoError(t, err)
	return w, req
}

func allowed(t *testing.T, res any, err error) (n int) {
	t.Helper()
	require.NoError(t, err)
	for _, result := range res.(*openfgav1.BatchCheckResponse).GetResult() {
		require.Nil(t, result.GetError())
		if result.GetAllowed() {
			n++
		}
	}
	return n
}

// TestNothingSharedOutlivesItsBatch takes away, between two equal batches, what
// all of their checks have in common.
func TestNothingSharedOutlivesItsBatch(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	c := openfgav1.NewOpenFGAServiceClient(s.Conn())
	w, req := newTickets(t, s, 8)
	for _, taken := range []*openfgav1.TupleKey{tuple.NewTupleKey("group:g", "member", "user:a"), tuple.NewTupleKey("project:p", "viewer", "group:g#member"), tuple.NewTupleKey("security_level:l", "cleared", "user:a")} {
		res, err := c.BatchCheck(t.Context(), req)
		require.Equal(t, 8, allowed(t, res, err))
		change := &openfgav1.WriteRequest{StoreId: w.store, AuthorizationModelId: w.model,
			Deletes: &openfgav1.WriteRequestDeletes{TupleKeys: []*openfgav1.TupleKeyWithoutCondition{tuple.TupleKeyToTupleKeyWithoutCondition(taken)}}}
		_, err = c.Write(t.Context(), change)
		require.NoError(t, err)
		res, err = c.BatchCheck(t.Context(), req)
		require.Zero(t, allowed(t, res, err), "%v was taken away", taken)
		_, err = c.Write(t.Context(), &openfgav1.WriteRequest{StoreId: w.store, AuthorizationModelId: w.model, Writes: &openfgav1.WriteRequestWrites{TupleKeys: []*openfgav1.TupleKey{taken}}})
		require.NoError(t, err)
	}
}

// counting counts how often the viewers of a project are looked up.
type counting struct {
	storage.OpenFGADatastore
	viewers atomic.Int64
}

func (c *counting) ReadUsersetTuples(ctx context.Context, store string, filter storage.ReadUsersetTuplesFilter, options storage.ReadUsersetTuplesOptions) (storage.TupleIterator, error) {
	if filter.Object == "project:p" {
		c.viewers.Add(1)
	}
	return c.OpenFGADatastore.ReadUsersetTuples(ctx, store, filter, options)
}

func TestWhatTheChecksOfABatchHaveInCommonIsWorkedOutOnce(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	_, req := newTickets(t, s, 20)
	counting := &counting{OpenFGADatastore: s.datastore}
	cfg, err := Config{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)}.withDefaults()
	require.NoError(t, err)
	sharing, err := startSharing(cfg, newLogger(cfg.Logger), counting)
	require.NoError(t, err)
	defer sharing.Close()
	share := shareWithin(sharing, newSubjects(cfg, s.datastore))
	res, err := share(memindex.Pin(t.Context(), "user:a"), req, nil, func(context.Context, any) (any, error) {
		t.Error("a batch about one plain user is shared")
		return nil, nil
	})
	require.Equal(t, 20, allowed(t, res, err))
	require.Positive(t, counting.viewers.Load())
	require.LessOrEqual(t, counting.viewers.Load(), int64(4), "of 20 checks, those that begin at once may each work it out")
}

func TestOnlyBatchesThatQualifyAreShared(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	_, req := newTickets(t, s, 2)
	two := &openfgav1.BatchCheckRequest{StoreId: req.StoreId, AuthorizationModelId: req.AuthorizationModelId, Checks: []*openfgav1.BatchCheckItem{
		req.Checks[0], {CorrelationId: "b", TupleKey: tuple.NewCheckRequestTupleKey("ticket:1", "can_read", "user:b")},
	}}
	one := &openfgav1.BatchCheckRequest{StoreId: req.StoreId, AuthorizationModelId: req.AuthorizationModelId, Checks: req.Checks[:1]}
	check := &openfgav1.CheckRequest{StoreId: req.StoreId, AuthorizationModelId: req.AuthorizationModelId, TupleKey: req.Checks[0].TupleKey}
	for _, alone := range []any{two, one, check} {
		passed := false
		_, err := shareWithin(s.sharing, newSubjects(Config{}, s.datastore))(t.Context(), alone, nil, func(context.Context, any) (any, error) {
			passed = true
			return nil, nil
		})
		require.NoError(t, err)
		require.True(t, passed, "%T", alone)
	}
	require.Nil(t, open(t, Config{Dir: t.TempDir(), PlainSQLite: true}).sharing, "without the read index, reads are not pinned to one state")
}
