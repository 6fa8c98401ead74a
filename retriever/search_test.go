package retriever_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

func TestABadRequestNamesTheFieldAndWhatIsAllowed(t *testing.T) {
	r := newRetriever(t, twenty(t).config(t))
	for want, request := range map[string]retriever.Request{
		"query \"\" must not be empty":          {Query: "  \n"},
		"query \"\" is 1048576 bytes long":      {Query: strings.Repeat("x", 1<<20)},
		"query \"\" must be valid UTF-8":        {Query: "a\xff"},
		"limit \"0\" must be between 1 and 100": retriever.Request{Query: "x"}.WithLimit(0),
		"limit \"-1\" must be between":          {Query: "x", Limit: -1},
		"limit \"10000\" must be between":       {Query: "x", Limit: 10000},
		"mode \"fuzzy\" must be hybrid":         {Query: "x", Mode: "fuzzy"},
		"max_acl_age \"-1s\" must be between":   {Query: "x", MaxAge: -time.Second},
		"chunks_per_document \"0\" must be":     retriever.Request{Query: "x"}.WithChunksPerDocument(0),
		"chunks_per_document \"21\" must be":    {Query: "x", ChunksPerDocument: 21},
	} {
		_, err := r.Search(t.Context(), user("alice"), request)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
		require.ErrorContains(t, err, want)
	}
}

func TestAnInvalidPrincipalAndAnUnknownTenantGetNothing(t *testing.T) {
	r := newRetriever(t, twenty(t).config(t))
	_, err := r.Search(t.Context(), eyeshot.Principal{}, retriever.Request{Query: "refund"})
	require.ErrorIs(t, err, eyeshot.ErrUnauthenticated)
	_, err = r.Document(t.Context(), eyeshot.Principal{}, "ticket:src/a")
	require.ErrorIs(t, err, eyeshot.ErrUnauthenticated)
	_, err = r.Search(t.Context(), eyeshot.Principal{Tenant: "other", Subject: "user:alice"}, retriever.Request{Query: "refund"})
	require.ErrorIs(t, err, eyeshot.ErrNotFound)
}

func TestADocumentThatMayNotBeReadAndOneThatDoesNotExistAreOne(t *testing.T) {
	r := newRetriever(t, twenty(t).config(t))
	_, err := r.Document(t.Context(), user("alice"), "ticket:src/a")
	require.NoError(t, err)
	_, denied := r.Document(t.Context(), user("alice"), "ticket:src/b")
	_, absent := r.Document(t.Context(), user("alice"), "ticket:src/none")
	_, unknown := r.Document(t.Context(), user("alice"), "spaceship:src/b")
	require.ErrorIs(t, denied, eyeshot.ErrNotFound)
	require.Equal(t, denied, absent)
	require.ErrorIs(t, unknown, eyeshot.ErrNotFound)
}

// One chunk or many, a document is one check.
func TestSeveralChunksOfADocumentAreOneCheck(t *testing.T) {
	f := twenty(t)
	f.put(t, "ticket:src/a", "refund one", "refund two", "refund three", "refund four")
	asked := map[eyeshot.Object]int{}
	f.check = func(_ context.Context, checks []authz.Check, real func() ([]authz.Verdict, error)) ([]authz.Verdict, error) {
		for _, check := range checks {
			asked[check.Object]++
		}
		return real()
	}
	config := f.config(t)
	config.Tenants = f
	response, err := newRetriever(t, config).Search(t.Context(), user("alice"), retriever.Request{Query: "refund", Limit: 20, ChunksPerDocument: 3})
	require.NoError(t, err)
	var ofA int
	for _, result := range response.Results {
		if result.Ref.Object == "ticket:src/a" {
			ofA++
		}
	}
	require.Equal(t, 3, ofA)
	for object, times := range asked {
		require.Equal(t, 1, times, object)
	}
}

// What the gate was not asked about is not read: text comes after permission.
func TestNoTextIsReadThatTheGateHasNotAllowed(t *testing.T) {
	f := twenty(t)
	reader := &watched{Driver: f.store}
	config := f.config(t)
	config.Searcher = reader
	config.Content = filters.NewContent(reader)
	response, err := newRetriever(t, config).Search(t.Context(), user("alice"), retriever.Request{Query: "refund", Limit: 20})
	require.NoError(t, err)
	require.ElementsMatch(t, refsOf(response), reader.read)
	for _, ref := range reader.read {
		require.True(t, authztest.Allowed(t, f.fga, string(ref.Object)+"#can_read@user:alice"))
	}
}

func TestTheMetadataFilterNarrowsAndNeverWidens(t *testing.T) {
	f := twenty(t)
	r := newRetriever(t, f.config(t))
	only := retriever.Request{Query: "refund", Limit: 20, Filter: store.Compare{Key: store.KeySource, Op: store.Eq, Value: "src"}}
	response, err := r.Search(t.Context(), user("alice"), only)
	require.NoError(t, err)
	require.Len(t, response.Results, 10)
	only.Filter = store.Or{Parts: []store.Expr{only.Filter, store.And{}}}
	response, err = r.Search(t.Context(), user("alice"), only)
	require.NoError(t, err)
	require.Len(t, response.Results, 10)
	requireOnlyAlices(t, f, response)
	only.Filter = store.Compare{Key: store.KeySource, Op: store.Ne, Value: "src"}
	response, err = r.Search(t.Context(), user("alice"), only)
	require.NoError(t, err)
	require.Empty(t, response.Results)
	require.True(t, response.Complete)
}

func TestResultsComeInOrderAndWithTheirText(t *testing.T) {
	f := twenty(t)
	response, err := newRetriever(t, f.config(t)).Search(t.Context(), user("alice"), retriever.Request{Query: "refund capture"})
	require.NoError(t, err)
	require.True(t, slices.IsSortedFunc(response.Results, func(a, b retriever.Result) int {
		if a.Score > b.Score {
			return -1
		}
		return 1
	}))
	require.InDelta(t, 1, response.Results[0].Score, 0.5)
	require.Contains(t, response.Results[0].Text, "refund")
	require.Equal(t, "title of "+response.Results[0].Ref.Object.Local(), response.Results[0].Title)
}

// watched remembers which chunks were read.
type watched struct {
	store.Driver
	read []eyeshot.ChunkRef
}

func (w *watched) Passages(ctx context.Context, tenant string, refs []eyeshot.ChunkRef) ([]store.Passage, error) {
	w.read = append(w.read, refs...)
	return w.Driver.Passages(ctx, tenant, refs)
}
