package retriever_test

import (
	"cmp"
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/reference"
	"github.com/eyeshot-dev/eyeshot/internal/store/storetest"
	"github.com/eyeshot-dev/eyeshot/retriever"
)

// oracle answers naively: it asks OpenFGA about every document there is, makes a
// store of those that are allowed and of nothing else, scores all of it, sorts
// and cuts. It shares no code with the retriever, the scope, the permission
// index or the embedded store.
type oracle struct {
	fga     *authz.Store
	records map[eyeshot.Object]store.Record
}

type scored struct {
	ref   eyeshot.ChunkRef
	score float64
}

// allowed asks one check for each part of the principal and each document.
func (o oracle) allowed(t *testing.T, principal eyeshot.Principal) []eyeshot.Object {
	t.Helper()
	type part struct {
		subject  eyeshot.Object
		relation string
	}
	parts := []part{{principal.Subject, "can_read"}}
	if principal.Actor != "" {
		parts = append(parts, part{eyeshot.Object("delegation:" + principal.Subject.ID() + "~" + principal.Actor.ID()), "delegated_read"})
	}
	if principal.Task != "" {
		parts = append(parts, part{principal.Task, "task_read"})
	}
	var checks []authz.Check
	var objects []eyeshot.Object
	for object := range o.records {
		objects = append(objects, object)
		for _, p := range parts {
			checks = append(checks, authz.Check{Subject: eyeshot.Subject(p.subject), Relation: p.relation, Object: object})
		}
	}
	verdicts, err := o.fga.BatchCheck(t.Context(), checks, authz.CheckContext{"current_time": time.Now().Format(time.RFC3339)})
	require.NoError(t, err)
	var out []eyeshot.Object
	for i, object := range objects {
		all := true
		for _, v := range verdicts[i*len(parts) : (i+1)*len(parts)] {
			require.NoError(t, v.Err)
			all = all && v.Allowed
		}
		if all {
			out = append(out, object)
		}
	}
	return out
}

// answer ranks everything that is allowed. All scores are kept, so that a test
// can tell a tie from a mistake.
func (o oracle) answer(t *testing.T, allowed []eyeshot.Object, query string, mode retriever.Mode, chunksPerDocument int) []scored {
	t.Helper()
	private := reference.New()
	require.NoError(t, private.Prepare(t.Context(), tenantName, store.EmbeddingModel{Name: "hash", Dimension: dimension}))
	for _, object := range allowed {
		require.NoError(t, private.Upsert(t.Context(), tenantName, []store.Record{o.records[object]}))
	}
	q := store.Query{Access: storetest.NewNumbering().Access(allowed...)}
	if mode != retriever.Semantic {
		q.Text = query
	}
	if mode != retriever.Keyword {
		q.Vector = vectorOf(query)
	}
	lists, err := private.Search(t.Context(), tenantName, q)
	require.NoError(t, err)
	return fuseNaively(t.Context(), t, lists, chunksPerDocument)
}

func fuseNaively(ctx context.Context, t *testing.T, lists store.Lists, chunksPerDocument int) []scored {
	t.Helper()
	totals := map[eyeshot.ChunkRef]float64{}
	weights := 0.0
	drained := map[float64][]store.Hit{}
	for weight, cursor := range map[float64]store.Cursor{0.4: lists.Semantic, 0.6: lists.Keyword} {
		if cursor == nil {
			continue
		}
		hits, err := cursor.Next(ctx, math.MaxInt32)
		require.NoError(t, err)
		if len(hits) > 0 {
			drained[weight] = hits
			weights += weight
		}
	}
	for weight, hits := range drained {
		for _, hit := range hits {
			totals[hit.Ref] += weight / weights * float64(hit.Score) / float64(hits[0].Score)
		}
	}
	return cutPerDocument(totals, chunksPerDocument)
}

func cutPerDocument(totals map[eyeshot.ChunkRef]float64, chunksPerDocument int) []scored {
	var ranked []scored
	for ref, score := range totals {
		ranked = append(ranked, scored{ref, score})
	}
	slices.SortFunc(ranked, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.ref.Object, b.ref.Object), cmp.Compare(a.ref.N, b.ref.N))
	})
	taken := map[eyeshot.Object]int{}
	return slices.DeleteFunc(ranked, func(s scored) bool {
		taken[s.ref.Object]++
		return taken[s.ref.Object] > chunksPerDocument
	})
}

// requireEqual holds an answer against the oracle's: the same length, at every
// rank the same score, and the same passage but for ties, which floating point
// may order either way.
func requireEqual(t *testing.T, want []scored, limit int, got *retriever.Response, name string) {
	t.Helper()
	const tolerance = 1e-4
	require.True(t, got.Complete, name)
	cut := want[:min(limit, len(want))]
	require.Len(t, got.Results, len(cut), name)
	exact := map[eyeshot.ChunkRef]float64{}
	for _, s := range want {
		exact[s.ref] = s.score
	}
	for i, result := range got.Results {
		require.InDelta(t, cut[i].score, result.Score, tolerance, "%s: rank %d", name, i)
		score, readable := exact[result.Ref]
		if !readable { // a tie between two chunks of one document may go either way
			require.Contains(t, objectsOf(want), result.Ref.Object, "%s: rank %d", name, i)
			continue
		}
		require.InDelta(t, score, result.Score, tolerance, "%s: rank %d", name, i)
	}
}

func objectsOf(all []scored) []eyeshot.Object {
	var out []eyeshot.Object
	for _, s := range all {
		out = append(out, s.ref.Object)
	}
	return out
}
