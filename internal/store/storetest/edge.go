package storetest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func edgeTests() []test {
	return []test{
		{"AnEmptyIndexFindsNothing", func(h *harness) {
			require.Empty(h, h.semantic(vector(1)))
			require.Empty(h, h.keyword("word"))
		}},
		{"ATenantWithoutIndexFindsNothing", aTenantWithoutIndexFindsNothing},
		{"ADocumentWithoutChunksIsKeptAndNeverFound", aDocumentWithoutChunksIsKeptAndNeverFound},
		{"AnEmptyLotIsNoError", func(h *harness) { h.upsert() }},
		{"ATextOf100000CharactersIsKeptAndFound", aTextOf100000CharactersIsKeptAndFound},
		{"MetadataOf64KiBIsKeptAndFiltered", metadataOf64KiBIsKeptAndFiltered},
		{"UnicodeIsKeptByteForByte", unicodeIsKeptByteForByte},
		{"TenThousandDocumentsGoThroughEveryCall", tenThousand},
		{"AMaximalObjectIsKept", func(h *harness) {
			object := eyeshot.Object("ticket:" + strings.Repeat("é", (eyeshot.MaxObjectBytes-len("ticket:"))/2))
			h.upsert(document(object, text("word")))
			require.Equal(h, []eyeshot.Object{object}, objects(h.keyword("word")))
		}},
		{"InvalidInputIsRefusedByNameAndChangesNothing", invalidInput},
	}
}

func aTenantWithoutIndexFindsNothing(h *harness) {
	lists, err := h.Search(h.ctx(), other, store.Query{Vector: vector(1), Text: `"some words" pre*`, Access: everything()})
	require.NoError(h, err)
	require.Empty(h, h.drain(lists.Semantic, 5))
	require.Empty(h, h.drain(lists.Keyword, 5))
	scores, err := lists.Keyword.Scores(h.ctx(), []eyeshot.ChunkRef{ref("ticket:a/1", 0)})
	require.NoError(h, err)
	require.Equal(h, []float32{0}, scores)
	require.NoError(h, lists.Close())
}

func aDocumentWithoutChunksIsKeptAndNeverFound(h *harness) {
	empty := document("ticket:a/1")
	empty.Title = "title"
	h.upsert(empty)
	require.Empty(h, h.keyword("title"))
	h.stats(1, 0)
	h.upsert(document("ticket:a/1", text("word")))
	h.upsert(document("ticket:a/1"))
	require.Empty(h, h.keyword("word"))
	h.stats(1, 0)
}

func aTextOf100000CharactersIsKeptAndFound(h *harness) {
	long := strings.Repeat("ünïcödé wörds ", 100_000/14) + "needle"
	repeated := strings.TrimSpace(strings.Repeat("a ", 50_000))
	h.upsert(document("ticket:a/1", text(long)), document("ticket:a/2", text(repeated)), document("ticket:a/3", text(strings.Repeat("x", 100_000))))
	require.Equal(h, []eyeshot.Object{"ticket:a/1"}, objects(h.keyword("needle")))
	require.Equal(h, []eyeshot.Object{"ticket:a/2"}, objects(h.keyword("a")))
	passages, err := h.Passages(h.ctx(), acme, []eyeshot.ChunkRef{ref("ticket:a/1", 0), ref("ticket:a/2", 0)})
	require.NoError(h, err)
	require.Equal(h, []string{long, repeated}, []string{passages[0].Text, passages[1].Text})
}

func metadataOf64KiBIsKeptAndFiltered(h *harness) {
	record := document("ticket:a/1", along(1))
	record.Metadata = map[string]any{"long": strings.Repeat("m", 64<<10), "list": strings.Split(strings.Repeat("l,", 10_000), ",")}
	h.upsert(record, document("ticket:a/2", along(1)))
	h.reopen()
	hits := h.drain(h.search(store.Query{Vector: vector(1), Access: everything(), Where: store.And{Parts: []store.Expr{
		store.Compare{Key: "long", Op: store.Eq, Value: record.Metadata["long"]},
		store.Compare{Key: "list", Op: store.Eq, Value: "l"},
	}}}).Semantic, 5)
	require.Equal(h, []eyeshot.Object{"ticket:a/1"}, objects(hits))
}

func unicodeIsKeptByteForByte(h *harness) {
	const odd = "e\u0301 é \u200d👩‍💻 ﬁ İı ß 語 \U0010FFFF \u2028 \x01\x7f \"' \\ %_"
	record := document("ticket:ünï/cödé-語", eyeshot.Chunk{Heading: odd, Text: odd, Vector: vector(1)})
	record.Title, record.Metadata, record.Hash, record.URL = odd, map[string]any{odd: odd}, odd, odd
	h.upsert(record)
	read, err := h.Document(h.ctx(), acme, record.Object)
	require.NoError(h, err)
	record.Chunks[0].Vector = nil
	require.Empty(h, sameRecord(record, read))
}

func tenThousand(h *harness) {
	const n = bulkDocuments
	var all []eyeshot.Object
	var records []store.Record
	numbering := NewNumbering()
	for i := range n {
		object := eyeshot.Object(fmt.Sprintf("ticket:bulk/%05d", i))
		all = append(all, object)
		records = append(records, document(object, text("bulk")))
	}
	h.upsert(records...)
	hashes, err := h.Hashes(h.ctx(), acme, all)
	require.NoError(h, err)
	require.Len(h, hashes, n)
	var wanted []eyeshot.ChunkRef
	for _, object := range all {
		wanted = append(wanted, ref(object, 0))
	}
	passages, err := h.Passages(h.ctx(), acme, wanted)
	require.NoError(h, err)
	require.Len(h, passages, n)
	listed, err := h.Objects(h.ctx(), acme, "", n+1)
	require.NoError(h, err)
	require.Equal(h, all, listed)

	lists := h.search(store.Query{Vector: vector(1), Text: "bulk", Access: numbering.Access(all...)})
	require.Equal(h, wanted, refs(h.drain(lists.Semantic, n+1)), "ties are broken by object")
	require.Equal(h, wanted, refs(h.drain(lists.Keyword, 999)))
	scores, err := lists.Semantic.Scores(h.ctx(), wanted)
	require.NoError(h, err)
	require.Equal(h, slices.Repeat([]float32{1}, n), scores)
	h.delete(all[n/10:]...)
	h.stats(n/10, n/10)
}

func invalidInput(h *harness) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	record := func(change func(*store.Record)) store.Record {
		r := document("ticket:a/1", text("one"), text("two"))
		change(&r)
		return r
	}
	for name, r := range map[string]store.Record{
		"object":             record(func(r *store.Record) { r.Object = "no type" }),
		"chunks[1].n":        record(func(r *store.Record) { r.Chunks[1].N = 2 }),
		"chunks[1].object":   record(func(r *store.Record) { r.Chunks[1].Object = "ticket:a/2" }),
		"chunks[0].vector":   record(func(r *store.Record) { r.Chunks[0].Vector = nil }),
		"chunks[1].vector[":  record(func(r *store.Record) { r.Chunks[1].Vector = slices.Repeat([]float32{nan}, dimension) }),
		"chunks[1].vector[0": record(func(r *store.Record) { r.Chunks[1].Vector = slices.Repeat([]float32{inf}, dimension) }),
		"unit length":        record(func(r *store.Record) { r.Chunks[1].Vector = slices.Repeat([]float32{1}, dimension) }),
		"16":                 record(func(r *store.Record) { r.Chunks[1].Vector = []float32{1, 0} }),
		"chunks[0].text":     record(func(r *store.Record) { r.Chunks[0].Text = "\xff" }),
		"chunks[0].heading":  record(func(r *store.Record) { r.Chunks[0].Heading = "a\x00b" }),
		"title":              record(func(r *store.Record) { r.Title = strings.Repeat("x", store.MaxTextBytes+1) }),
		"url":                record(func(r *store.Record) { r.URL = "\xff" }),
		"hash":               record(func(r *store.Record) { r.Hash = "\x00" }),
		"updated_at":         record(func(r *store.Record) { r.UpdatedAt = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) }),
		"metadata.k":         record(func(r *store.Record) { r.Metadata = map[string]any{"k": 1} }),
		"metadata.nan":       record(func(r *store.Record) { r.Metadata = map[string]any{"nan": math.NaN()} }),
		"metadata.list":      record(func(r *store.Record) { r.Metadata = map[string]any{"list": []string{"\xff"}} }),
		"metadata":           record(func(r *store.Record) { r.Metadata = map[string]any{"k": strings.Repeat("x", store.MaxMetadataBytes)} }),
	} {
		err := h.Upsert(h.ctx(), acme, []store.Record{document("ticket:a/0", text("fine")), r})
		require.ErrorIs(h, err, eyeshot.ErrInvalid, name)
		require.ErrorContains(h, err, name)
	}
	for name, query := range map[string]store.Query{
		"query":     {Access: everything()},
		"UTF-8":     {Text: "\xff\xfe", Access: everything()},
		"bytes":     {Text: strings.Repeat("x", store.MaxQueryBytes+1), Access: everything()},
		"vector[3]": {Vector: append(vector(1)[:3], nan), Access: everything()},
		"unit":      {Vector: slices.Repeat([]float32{0.5}, dimension), Access: everything()},
		"16":        {Vector: []float32{1}, Access: everything()},
	} {
		_, err := h.Search(h.ctx(), acme, query)
		require.ErrorIs(h, err, eyeshot.ErrInvalid, name)
		require.ErrorContains(h, err, name)
	}
	require.ErrorIs(h, h.Prepare(h.ctx(), other, store.EmbeddingModel{Name: "m"}), eyeshot.ErrInvalid)
	require.ErrorIs(h, h.Prepare(h.ctx(), other, store.EmbeddingModel{Dimension: 3}), eyeshot.ErrInvalid)
	for _, limit := range []int{-1, 0, store.MaxList + 1} {
		_, err := h.Objects(h.ctx(), acme, "", limit)
		require.ErrorIs(h, err, eyeshot.ErrInvalid)
	}
	h.stats(0, 0)
}
