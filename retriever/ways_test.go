package retriever_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/reference"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// ways is a world on a store that has every way and keeps readers.
type ways struct {
	*world
	keeper *authzsync.Keeper
}

func newWays(t *testing.T) *ways {
	t.Helper()
	w := &ways{world: newWorld(t, authztest.New(t))}
	require.NoError(t, w.store.Close()) // the embedded store, which keeps no readers
	w.store = store.NewService(reference.New(), nil)
	require.NoError(t, w.store.Prepare(t.Context(), tenantName, store.EmbeddingModel{Name: "hash", Dimension: dimension}))
	w.keeper = authzsync.NewKeeper(w.index, w.store, authzsync.KeeperOptions{Tenant: tenantName, Relations: filters.DefaultPolicy().ReadRelations()})
	return w
}

func (w *ways) Tenant(context.Context, string) (retriever.Tenant, error) { return w, nil }

func (w *ways) Reach(context.Context, time.Duration) (filters.Reach, bool, error) {
	return w.keeper.View(), true, nil
}

// on returns a retriever whose planner finds one way cheapest.
func (w *ways) on(t *testing.T, way store.Way) *retriever.Retriever {
	t.Helper()
	costs := store.Costs{store.Exact: {Fixed: 1e6}, store.Filtered: {Fixed: 1e6}, store.Unfiltered: {Fixed: 1e6}}
	costs[way] = store.Cost{Fixed: 1}
	config := w.config(t)
	config.Tenants, config.Planner = w, filters.NewPlanner(w.store.Capabilities(), costs)
	return newRetriever(t, config)
}

// Each way, at every edge of how much is allowed, gives the oracle's answer.
func TestEveryPlanAnswersAtEveryEdge(t *testing.T) {
	const all, k = 12, 5
	w := newWays(t)
	o := oracle{fga: w.fga, records: map[eyeshot.Object]store.Record{}}
	for i := range all {
		object := eyeshot.Object(fmt.Sprintf("ticket:src/%d", i))
		for _, allowed := range []int{1, k - 1, k, k + 1, all - 1, all} {
			if i < allowed {
				w.relate(t, fmt.Sprintf("%s#viewer@group:first-%d#member", object, allowed))
			}
		}
		w.put(t, object, fmt.Sprintf("refund %s %s", vocabulary[i%len(vocabulary)], vocabulary[(i*5+1)%len(vocabulary)]))
		record, err := w.store.Document(t.Context(), tenantName, object)
		require.NoError(t, err)
		for n := range record.Chunks {
			record.Chunks[n].Vector = vectorOf(record.Chunks[n].Text)
		}
		o.records[object] = record
	}
	for _, allowed := range []int{1, k - 1, k, k + 1, all - 1, all} {
		w.relate(t, fmt.Sprintf("group:first-%d#member@user:sees-%d", allowed, allowed))
	}
	require.NoError(t, w.keeper.Sync(t.Context()))
	for _, way := range []store.Way{store.Exact, store.Filtered, store.Unfiltered} {
		r := w.on(t, way)
		for _, allowed := range []int{0, 1, k - 1, k, k + 1, all - 1, all} {
			principal := user(fmt.Sprintf("sees-%d", allowed))
			readable := o.allowed(t, principal)
			require.Len(t, readable, allowed)
			for _, mode := range []retriever.Mode{retriever.Hybrid, retriever.Semantic, retriever.Keyword} {
				name := fmt.Sprintf("%s, %d allowed, %s", way, allowed, mode)
				response, err := r.Search(t.Context(), principal, retriever.Request{Query: "refund ledger", Limit: k, Mode: mode})
				require.NoError(t, err, name)
				want := way.String()
				if allowed == 0 {
					want = "none"
				}
				require.Equal(t, want, response.Stats.Plan.Name(), name)
				require.Equal(t, allowed, response.Stats.Allowed, name)
				requireEqual(t, o.answer(t, readable, "refund ledger", mode, 1), k, response, name)
			}
		}
	}
}

// A grant is found at once, though the store's readers don't know of it yet.
func TestAGrantIsVisibleBeforeTheStoreHasItsReaders(t *testing.T) {
	w := newWays(t)
	w.relate(t, "ticket:src/a#viewer@user:bob", "ticket:src/b#viewer@user:alice")
	w.put(t, "ticket:src/a", "refund ledger")
	w.put(t, "ticket:src/b", "refund ferry")
	require.NoError(t, w.keeper.Sync(t.Context()))
	w.relate(t, "ticket:src/a#viewer@user:alice")
	response, err := w.on(t, store.Filtered).Search(t.Context(), user("alice"), retriever.Request{Query: "refund"})
	require.NoError(t, err)
	require.Equal(t, "filtered", response.Stats.Plan.Name())
	require.Len(t, response.Results, 2)
	require.True(t, response.Complete)

	w.unrelate(t, "ticket:src/a#viewer@user:alice")
	response, err = w.on(t, store.Filtered).Search(t.Context(), user("alice"), retriever.Request{Query: "refund"})
	require.NoError(t, err)
	require.Equal(t, []eyeshot.ChunkRef{{Object: "ticket:src/b"}}, refsOf(response))
}

// hooked calls a function, once, before it searches.
type hooked struct {
	store.Searcher
	before func()
}

func (h *hooked) Search(ctx context.Context, tenant string, query store.Query) (store.Lists, error) {
	if before := h.before; before != nil {
		h.before = nil
		before()
	}
	return h.Searcher.Search(ctx, tenant, query)
}

// A search knows what its user was in when it began. A document that gets
// another reader after that, and has it in the store before the store is
// searched, is not hidden from those who may read it at every moment.
func TestReadersThatOvertakeASearchHideNothing(t *testing.T) {
	w := newWays(t)
	w.relate(t, "ticket:src/a#viewer@user:alice", "ticket:src/b#viewer@user:alice")
	w.put(t, "ticket:src/a", "refund ledger")
	w.put(t, "ticket:src/b", "refund ferry")
	require.NoError(t, w.keeper.Sync(t.Context()))
	for _, way := range []store.Way{store.Filtered, store.Exact, store.Unfiltered} {
		r := w.on(t, way)
		group := fmt.Sprintf("group:%s#member", way)
		r.Searcher = &hooked{r.Searcher, func() {
			w.relate(t, group+"@user:alice", "ticket:src/a#viewer@"+group)
			w.unrelate(t, "ticket:src/a#viewer@user:alice")
			require.NoError(t, w.keeper.Sync(t.Context()))
		}}
		response, err := r.Search(t.Context(), user("alice"), retriever.Request{Query: "refund"})
		require.NoError(t, err)
		require.Len(t, response.Results, 2, "found on the way %s", response.Stats.Plan.Name())
		require.True(t, response.Complete)
		w.relate(t, "ticket:src/a#viewer@user:alice")
		w.unrelate(t, "ticket:src/a#viewer@"+group)
		require.NoError(t, w.keeper.Sync(t.Context()))
	}
}

func TestWhenTheBudgetOfTimeEndsASearchItSaysSo(t *testing.T) {
	f := twenty(t)
	f.reach = func() (filters.Reach, bool, error) { return everything{f.index.View()}, true, nil }
	now := time.Now()
	response, err := f.search(t, t.Context(), func(c *retriever.Config) {
		c.Budget.Time = 3 * time.Second
		c.Now = func() time.Time { now = now.Add(time.Second); return now } // each look at the clock is a second later
	}, 10)
	require.NoError(t, err)
	require.False(t, response.Complete)
	require.Equal(t, []retriever.Reason{retriever.ReasonBudget}, response.Reasons)
	require.Less(t, len(response.Results), 10)
	requireOnlyAlices(t, f, response)
}

func TestTheBudgetOfTimeAlsoEndsTheWayPastOneDocumentsManyChunks(t *testing.T) {
	w := newWorld(t, authztest.New(t))
	w.relate(t, "ticket:src/a#viewer@user:alice", "ticket:src/b#viewer@user:alice")
	w.put(t, "ticket:src/a", slices.Repeat([]string{"refund refund"}, 300)...)
	w.put(t, "ticket:src/b", "refund ferry ledger")
	config, now := w.config(t), time.Now()
	config.Budget.Time = 100 * time.Second
	config.Now = func() time.Time { now = now.Add(time.Second); return now } // each look at the clock is a second later
	response, err := newRetriever(t, config).Search(t.Context(), user("alice"), retriever.Request{Query: "refund", Mode: retriever.Keyword, Limit: 2})
	require.NoError(t, err)
	require.Len(t, response.Results, 1)
	require.Equal(t, []retriever.Reason{retriever.ReasonBudget}, response.Reasons)
}

func TestASearchTellsWhatItsPlanCost(t *testing.T) {
	f := twenty(t)
	f.reach = func() (filters.Reach, bool, error) { return everything{f.index.View()}, true, nil }
	response, err := f.search(t, t.Context(), func(c *retriever.Config) {
		c.Planner = filters.NewPlanner(f.store.Capabilities(), store.Costs{store.Exact: {Fixed: 2000}, store.Filtered: {Fixed: 1000}})
	}, 10)
	require.NoError(t, err)
	require.Equal(t, "filtered", response.Stats.Plan.Name())
	require.Equal(t, time.Microsecond, response.Stats.Plan.Estimate)
	require.Equal(t, 20, response.Stats.Plan.Load.Documents)
	require.Equal(t, 10, response.Stats.Plan.Load.Wanted)
	require.Positive(t, response.Stats.InStore)
	require.Equal(t, 20, response.Stats.Found)
	require.Greater(t, response.Stats.Rounds, 1, "the gate removed candidates, so the search went on")
}
