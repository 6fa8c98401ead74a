package retriever_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// faults is a world whose parts can be made to fail. A nil function leaves the
// part as it is.
type faults struct {
	*world
	check func(ctx context.Context, checks []authz.Check, real func() ([]authz.Verdict, error)) ([]authz.Verdict, error)
	reach func() (filters.Reach, bool, error)
}

func (f *faults) Tenant(ctx context.Context, name string) (retriever.Tenant, error) {
	if _, err := f.world.Tenant(ctx, name); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *faults) BatchCheck(ctx context.Context, checks []authz.Check, conditions authz.CheckContext) ([]authz.Verdict, error) {
	real := func() ([]authz.Verdict, error) { return f.world.BatchCheck(ctx, checks, conditions) }
	if f.check == nil {
		return real()
	}
	return f.check(ctx, checks, real)
}

func (f *faults) Reach(ctx context.Context, maxAge time.Duration) (filters.Reach, bool, error) {
	if f.reach == nil {
		return f.world.Reach(ctx, maxAge)
	}
	return f.reach()
}

// twenty is a world with twenty tickets: even ones alice may read, odd ones bob.
func twenty(t *testing.T) *faults {
	t.Helper()
	w := newWorld(t, authztest.New(t))
	for i := range 20 {
		name := string(rune('a' + i))
		owner := []string{"alice", "bob"}[i%2]
		w.relate(t, "ticket:src/"+name+"#viewer@user:"+owner)
		w.put(t, eyeshot.Object("ticket:src/"+name), "refund "+vocabulary[i%len(vocabulary)])
	}
	return &faults{world: w}
}

func (f *faults) search(t *testing.T, ctx context.Context, change func(*retriever.Config), limit int) (*retriever.Response, error) {
	t.Helper()
	config := f.config(t)
	config.Tenants = f
	if change != nil {
		change(&config)
	}
	return newRetriever(t, config).Search(ctx, user("alice"), retriever.Request{Query: "refund", Limit: limit, Mode: retriever.Semantic})
}

// everything is a permission index that is wrong in the worst way: it says that
// everybody reaches all tickets.
type everything struct{ filters.Reach }

func (e everything) Allowed(_ eyeshot.Subject, _, typ string) (lower, upper *roaring.Bitmap) {
	all := roaring.New()
	for i := range uint32(1 << 16) { // far beyond what the numbering gives to so few
		if _, known := e.Numbering().Object(typ, i); known {
			all.Add(i)
		}
	}
	return roaring.New(), all
}

func requireOnlyAlices(t *testing.T, f *faults, response *retriever.Response) {
	t.Helper()
	for _, result := range response.Results {
		require.True(t, authztest.Allowed(t, f.fga, string(result.Ref.Object)+"#can_read@user:alice"), result.Ref.Object)
	}
}

func TestAnIndexThatLetsEverythingThroughLeaksNothingAndTheAnswerIsStillFull(t *testing.T) {
	f := twenty(t)
	f.reach = func() (filters.Reach, bool, error) { return everything{f.index.View()}, true, nil }
	for _, limit := range []int{1, 3, 9, 10, 11, 20} {
		response, err := f.search(t, t.Context(), nil, limit)
		require.NoError(t, err)
		require.True(t, response.Complete)
		require.Len(t, response.Results, min(limit, 10))
		if limit >= 10 {
			require.NotZero(t, response.Stats.Denied, "the gate had something to remove")
		}
		requireOnlyAlices(t, f, response)
	}
}

func TestAScoreIsRelativeToTheBestThatTheCallerMayRead(t *testing.T) {
	f := twenty(t)
	f.put(t, "ticket:src/secret", "ledger ferry") // the best match of all, and not alice's
	f.relate(t, "ticket:src/secret#viewer@user:carol")
	f.reach = func() (filters.Reach, bool, error) { return everything{f.index.View()}, true, nil }
	config := f.config(t)
	config.Tenants = f
	for _, mode := range []retriever.Mode{retriever.Semantic, retriever.Keyword, retriever.Hybrid} {
		response, err := newRetriever(t, config).Search(t.Context(), user("alice"), retriever.Request{Query: "ledger ferry", Limit: 3, Mode: mode})
		require.NoError(t, err)
		require.NotZero(t, response.Stats.Denied)
		require.InDelta(t, 1, response.Results[0].Score, 0.5)
		if mode != retriever.Hybrid { // the best of one list need not be the best of the other
			require.InDelta(t, 1, response.Results[0].Score, 1e-6)
		}
		requireOnlyAlices(t, f, response)
	}
}

func TestAnIndexThatHasNotSeenARevocationLeaksNothing(t *testing.T) {
	f := twenty(t)
	stale := f.index.View()
	f.unrelate(t, "ticket:src/a#viewer@user:alice")
	f.reach = func() (filters.Reach, bool, error) { return stale, false, nil }
	response, err := f.search(t, t.Context(), nil, 20)
	require.NoError(t, err)
	require.NotContains(t, refsOf(response), eyeshot.ChunkRef{Object: "ticket:src/a"})
	require.Len(t, response.Results, 9)
	require.False(t, response.Complete)
	require.Equal(t, []retriever.Reason{retriever.ReasonStale}, response.Reasons)
}

func TestARevocationHoldsForTheVeryNextSearch(t *testing.T) {
	f := twenty(t)
	before, err := f.search(t, t.Context(), nil, 20)
	require.NoError(t, err)
	require.Contains(t, refsOf(before), eyeshot.ChunkRef{Object: "ticket:src/a"})
	f.unrelate(t, "ticket:src/a#viewer@user:alice")
	after, err := f.search(t, t.Context(), nil, 20)
	require.NoError(t, err)
	require.NotContains(t, refsOf(after), eyeshot.ChunkRef{Object: "ticket:src/a"})
	require.True(t, after.Complete)
	require.Zero(t, after.Stats.Denied, "the index had it already: the gate had nothing to remove")
}

func TestWhenOpenFGAFailsTheSearchFailsAndNeverComesBackEmpty(t *testing.T) {
	for name, check := range map[string]func(context.Context, []authz.Check, func() ([]authz.Verdict, error)) ([]authz.Verdict, error){
		"an error": func(context.Context, []authz.Check, func() ([]authz.Verdict, error)) ([]authz.Verdict, error) {
			return nil, eyeshot.ErrUnavailable
		},
		"an error in each answer": func(_ context.Context, checks []authz.Check, _ func() ([]authz.Verdict, error)) ([]authz.Verdict, error) {
			out := make([]authz.Verdict, len(checks))
			for i := range out {
				out[i] = authz.Verdict{Allowed: true, Err: errors.New("no")}
			}
			return out, nil
		},
		"a short batch": func(_ context.Context, checks []authz.Check, real func() ([]authz.Verdict, error)) ([]authz.Verdict, error) {
			verdicts, err := real()
			return verdicts[:len(verdicts)-1], err
		},
		"no answer in time": func(ctx context.Context, _ []authz.Check, _ func() ([]authz.Verdict, error)) ([]authz.Verdict, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := twenty(t)
			f.check = check
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			for _, who := range []string{"alice", "nobody"} { // nobody reaches nothing, and is told so only by OpenFGA
				config := f.config(t)
				config.Tenants = f
				r := newRetriever(t, config)
				_, err := r.Search(ctx, user(who), retriever.Request{Query: "refund"})
				require.ErrorIs(t, err, eyeshot.ErrUnavailable, who)
				_, err = r.Document(ctx, user(who), "ticket:src/a")
				require.Error(t, err, who)
				require.NotErrorIs(t, err, eyeshot.ErrNotFound, who)
			}
		})
	}
}

func TestWhenSomeChecksFailTheAnswerSaysSo(t *testing.T) {
	f := twenty(t)
	f.check = func(_ context.Context, checks []authz.Check, real func() ([]authz.Verdict, error)) ([]authz.Verdict, error) {
		verdicts, err := real()
		for i, check := range checks {
			if check.Object == "ticket:src/c" {
				verdicts[i] = authz.Verdict{Allowed: true, Err: errors.New("no")}
			}
		}
		return verdicts, err
	}
	response, err := f.search(t, t.Context(), nil, 20)
	require.NoError(t, err)
	require.False(t, response.Complete)
	require.Equal(t, []retriever.Reason{retriever.ReasonCheckFailed}, response.Reasons)
	require.Len(t, response.Results, 9)
	require.NotContains(t, refsOf(response), eyeshot.ChunkRef{Object: "ticket:src/c"})
}

func TestWhenTheBudgetOfChecksEndsASearchItSaysSo(t *testing.T) {
	f := twenty(t)
	f.reach = func() (filters.Reach, bool, error) { return everything{f.index.View()}, true, nil }
	response, err := f.search(t, t.Context(), func(c *retriever.Config) { c.Budget.Checks = 4 }, 10)
	require.NoError(t, err)
	require.False(t, response.Complete)
	require.Contains(t, response.Reasons, retriever.ReasonBudget)
	require.Less(t, len(response.Results), 10)
	requireOnlyAlices(t, f, response)
}

// brokenStore fails at what its fields say.
type brokenStore struct {
	store.Driver
	search, next, passages error
	gone                   bool
}

func (b brokenStore) Search(ctx context.Context, tenant string, query store.Query) (store.Lists, error) {
	if b.search != nil {
		return store.Lists{}, b.search
	}
	lists, err := b.Driver.Search(ctx, tenant, query)
	if b.next != nil && lists.Semantic != nil {
		lists.Semantic = brokenCursor{lists.Semantic, b.next}
	}
	return lists, err
}

func (b brokenStore) Passages(ctx context.Context, tenant string, refs []eyeshot.ChunkRef) ([]store.Passage, error) {
	if b.passages != nil {
		return nil, b.passages
	}
	passages, err := b.Driver.Passages(ctx, tenant, refs)
	if b.gone {
		passages = passages[1:]
	}
	return passages, err
}

type brokenCursor struct {
	store.Cursor
	err error
}

func (b brokenCursor) Next(context.Context, int) ([]store.Hit, error) { return nil, b.err }

func TestWhenTheStoreFailsTheSearchFails(t *testing.T) {
	f := twenty(t)
	for name, broken := range map[string]brokenStore{
		"searching":        {search: eyeshot.ErrUnavailable},
		"walking a list":   {next: eyeshot.ErrUnavailable},
		"reading passages": {passages: eyeshot.ErrUnavailable},
	} {
		broken.Driver = f.store
		_, err := f.search(t, t.Context(), func(c *retriever.Config) {
			c.Searcher, c.Content = broken, filters.NewContent(broken)
		}, 5)
		require.ErrorIs(t, err, eyeshot.ErrUnavailable, name)
	}
}

func TestAPassageThatWentAwayInBetweenIsSaid(t *testing.T) {
	f := twenty(t)
	broken := brokenStore{Driver: f.store, gone: true}
	response, err := f.search(t, t.Context(), func(c *retriever.Config) { c.Content = filters.NewContent(broken) }, 5)
	require.NoError(t, err)
	require.Equal(t, []retriever.Reason{retriever.ReasonGone}, response.Reasons)
	require.Len(t, response.Results, 4)
}

// A document that changes just after its verdict, and that its reader may still
// read, is shown as it is now. One that changes again and again is left out.
func TestTextThatChangedAfterTheVerdictIsJudgedAgain(t *testing.T) {
	for changes, want := range map[int]bool{1: true, 2: false} {
		f, made := twenty(t), 0
		f.check = func(_ context.Context, _ []authz.Check, real func() ([]authz.Verdict, error)) ([]authz.Verdict, error) {
			verdicts, err := real()
			if made++; made <= changes {
				f.put(t, "ticket:src/a", fmt.Sprint("refund, edition ", made))
			}
			return verdicts, err
		}
		response, err := f.search(t, t.Context(), nil, 20)
		require.NoError(t, err)
		require.Equal(t, want, response.Complete)
		at := slices.IndexFunc(response.Results, func(r retriever.Result) bool { return r.Ref.Object == "ticket:src/a" })
		require.Equal(t, want, at >= 0)
		if want {
			require.Equal(t, "refund, edition 1", response.Results[at].Text)
			require.True(t, slices.IsSortedFunc(response.Results, func(a, b retriever.Result) int { return cmp.Compare(b.Score, a.Score) }))
		}
	}
}

// nameless is a store whose documents have no hash, and whose first is not there
// yet when the gate is asked.
type nameless struct{ store.Driver }

func (n nameless) Hashes(ctx context.Context, tenant string, objects []eyeshot.Object) (map[eyeshot.Object]string, error) {
	hashes, err := n.Driver.Hashes(ctx, tenant, objects)
	for object := range hashes {
		hashes[object] = ""
	}
	delete(hashes, "ticket:src/a")
	return hashes, err
}

func (n nameless) Passages(ctx context.Context, tenant string, refs []eyeshot.ChunkRef) ([]store.Passage, error) {
	passages, err := n.Driver.Passages(ctx, tenant, refs)
	for i := range passages {
		passages[i].Hash = ""
	}
	return passages, err
}

func TestWhatWasNotThereBeforeTheVerdictIsNotShown(t *testing.T) {
	f := twenty(t)
	response, err := f.search(t, t.Context(), func(c *retriever.Config) { c.Content = filters.NewContent(nameless{f.store}) }, 20)
	require.NoError(t, err)
	require.NotEmpty(t, response.Results)
	require.NotContains(t, refsOf(response), eyeshot.ChunkRef{Object: "ticket:src/a"})
}

// brokenEmbedder fails as an embedding server that refuses a key would.
type brokenEmbedder struct {
	hashEmbedder
	err error
}

func (b brokenEmbedder) Embed(context.Context, []string) ([][]float32, error) { return nil, b.err }

func TestAnEmbedderThatFailsIsNeverTheCallersFault(t *testing.T) {
	f := twenty(t)
	for _, cause := range []error{eyeshot.ErrUnavailable, eyeshot.ErrInvalid, errors.New("other")} {
		_, err := f.search(t, t.Context(), func(c *retriever.Config) { c.Embedder = brokenEmbedder{err: cause} }, 5)
		require.ErrorIs(t, err, eyeshot.ErrUnavailable)
		require.NotErrorIs(t, err, eyeshot.ErrInvalid)
	}
}

// A document that loses a reader and then changes, just after the gate has
// allowed it to that reader, is not shown with its new text.
func TestTextThatCameAfterTheVerdictIsNotShown(t *testing.T) {
	f := twenty(t)
	change := func(ctx context.Context, checks []authz.Check, real func() ([]authz.Verdict, error)) ([]authz.Verdict, error) {
		verdicts, err := real()
		f.unrelate(t, "ticket:src/a#viewer@user:alice")
		f.put(t, "ticket:src/a", "refund and what alice must not know")
		return verdicts, err
	}
	f.check = change
	response, err := f.search(t, t.Context(), nil, 20)
	require.NoError(t, err)
	require.NotContains(t, refsOf(response), eyeshot.ChunkRef{Object: "ticket:src/a"})
	require.Equal(t, []retriever.Reason{retriever.ReasonGone}, response.Reasons)

	f = twenty(t)
	config := f.config(t)
	config.Tenants = f
	f.check = change
	_, err = newRetriever(t, config).Document(t.Context(), user("alice"), "ticket:src/a")
	require.ErrorIs(t, err, eyeshot.ErrUnavailable)
}
