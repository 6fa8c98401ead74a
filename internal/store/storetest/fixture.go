package storetest

import (
	"math"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

const dimension = 16

// vector returns a unit vector along 1, 4 or 16 axes, numbered from 1; a
// negative one points the other way. All its numbers, and all products of two
// such vectors, are exact in float32: so scores are equal bit by bit in every
// store, whatever the order that it adds in.
func vector(axes ...int) []float32 {
	v := make([]float32, dimension)
	length := float32(math.Sqrt(float64(len(axes))))
	for _, axis := range axes {
		v[max(axis, -axis)-1] = float32(axis/max(axis, -axis)) / length
	}
	return v
}

// updated is when documents of the tests were updated.
func updated() time.Time { return time.Date(2026, 1, 2, 15, 4, 5, 678_000, time.UTC) }

// document builds a record; chunks are numbered in their order.
func document(object eyeshot.Object, chunks ...eyeshot.Chunk) store.Record {
	for n := range chunks {
		chunks[n].ChunkRef = eyeshot.ChunkRef{Object: object, N: n}
	}
	return store.Record{Object: object, Hash: "hash of " + string(object), UpdatedAt: updated(), Chunks: chunks}
}

// text is a chunk for keyword tests, which all have the same vector.
func text(text string) eyeshot.Chunk { return eyeshot.Chunk{Text: text, Vector: vector(1)} }

// along is a chunk for semantic tests.
func along(axes ...int) eyeshot.Chunk { return eyeshot.Chunk{Text: "text", Vector: vector(axes...)} }

func ref(object eyeshot.Object, n int) eyeshot.ChunkRef {
	return eyeshot.ChunkRef{Object: object, N: n}
}

func everything() store.Access { return store.AccessEverythingForTheGateToDecide() }

func (h *harness) upsert(records ...store.Record) {
	h.Helper()
	require.NoError(h, h.Upsert(h.ctx(), acme, records))
}

func (h *harness) delete(objects ...eyeshot.Object) {
	h.Helper()
	require.NoError(h, h.Delete(h.ctx(), acme, objects))
}

// search opens the lists of a query over acme; the test's end closes them.
func (h *harness) search(query store.Query) store.Lists {
	h.Helper()
	lists, err := h.Search(h.ctx(), acme, query)
	require.NoError(h, err)
	h.Cleanup(func() { _ = lists.Close() })
	return lists
}

// semantic returns the whole semantic list, everything allowed.
func (h *harness) semantic(vector []float32) []store.Hit {
	h.Helper()
	return h.drain(h.search(store.Query{Vector: vector, Access: everything()}).Semantic, 7)
}

// keyword returns the whole keyword list, everything allowed.
func (h *harness) keyword(text string) []store.Hit {
	h.Helper()
	return h.drain(h.search(store.Query{Text: text, Access: everything()}).Keyword, 7)
}

// drain reads a cursor to its end, page by page.
func (h *harness) drain(cursor store.Cursor, page int) []store.Hit {
	h.Helper()
	var all []store.Hit
	for {
		hits, err := cursor.Next(h.ctx(), page)
		require.NoError(h, err)
		require.LessOrEqual(h, len(hits), page)
		all = append(all, hits...)
		if len(hits) < page {
			return all
		}
	}
}

func refs(hits []store.Hit) []eyeshot.ChunkRef {
	var out []eyeshot.ChunkRef
	for _, hit := range hits {
		out = append(out, hit.Ref)
	}
	return out
}

// objects returns the documents of the hits, each once, in order.
func objects(hits []store.Hit) []eyeshot.Object {
	var out []eyeshot.Object
	seen := map[eyeshot.Object]bool{}
	for _, hit := range hits {
		if !seen[hit.Ref.Object] {
			seen[hit.Ref.Object] = true
			out = append(out, hit.Ref.Object)
		}
	}
	return out
}
