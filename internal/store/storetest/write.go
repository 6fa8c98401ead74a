package storetest

import (
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func writeTests() []test {
	return []test{
		{"PreparingAgainChangesNothing", func(h *harness) {
			h.upsert(document("ticket:a/1", text("kept")))
			require.NoError(h, h.Prepare(h.ctx(), acme, testModel()))
			require.Len(h, h.keyword("kept"), 1)
		}},
		{"AnotherModelIsRefusedAndTheIndexLeftAsItIs", anotherModel},
		{"AfterDroppingTheIndexAnyModelWillDo", afterDroppingTheIndexAnyModelWillDo},
		{"DroppingTwiceIsNoError", func(h *harness) {
			require.NoError(h, h.DropIndex(h.ctx(), acme))
			require.NoError(h, h.DropIndex(h.ctx(), acme))
		}},
		{"UpsertingWithoutAnIndexIsAConflict", func(h *harness) {
			err := h.Upsert(h.ctx(), other, []store.Record{document("ticket:a/1", text("x"))})
			require.ErrorIs(h, err, eyeshot.ErrConflict)
		}},
		{"UpsertReplacesADocumentWithAllItsChunks", replaceWhole},
		{"UpsertingTheSameAgainChangesNothing", upsertingTheSameAgainChangesNothing},
		{"TheLastOfTwoRecordsCounts", func(h *harness) {
			h.upsert(document("ticket:a/1", text("first"), text("first")), document("ticket:a/2", text("between")), document("ticket:a/1", text("last")))
			require.Empty(h, h.keyword("first"))
			require.Equal(h, []eyeshot.ChunkRef{ref("ticket:a/1", 0)}, refs(h.keyword("last")))
			h.stats(2, 2)
		}},
		{"DeletingRemovesADocumentFromEverything", deletingRemovesADocumentFromEverything},
		{"DeletingWhatIsAbsentIsNoError", deletingWhatIsAbsentIsNoError},
		{"ADeletedDocumentMayComeBack", aDeletedDocumentMayComeBack},
		{"ALotWithOneWrongRecordLeavesNothing", aLotWithOneWrongRecordLeavesNothing},
		{"WhatTheCallerChangesAfterwardsStaysItsOwn", whatTheCallerChangesAfterwardsStaysItsOwn},
		{"ReopeningFindsEverything", reopening},
	}
}

func afterDroppingTheIndexAnyModelWillDo(h *harness) {
	h.upsert(document("ticket:a/1", text("gone")))
	require.NoError(h, h.DropIndex(h.ctx(), acme))
	stats, err := h.Stats(h.ctx(), acme)
	require.NoError(h, err)
	require.Equal(h, store.Stats{}, stats)

	require.NoError(h, h.Prepare(h.ctx(), acme, store.EmbeddingModel{Name: "wide", Dimension: 3}))
	wide := document("ticket:a/2", eyeshot.Chunk{Text: "new", Vector: []float32{0, 1, 0}})
	h.upsert(wide)
	require.Equal(h, []eyeshot.ChunkRef{ref("ticket:a/2", 0)}, refs(h.semantic([]float32{0, 1, 0})))
	require.Empty(h, h.keyword("gone"))
}

func upsertingTheSameAgainChangesNothing(h *harness) {
	record := document("ticket:a/1", text("one"), text("two"))
	h.upsert(record)
	before := h.keyword("one two")
	h.upsert(record)
	require.Equal(h, before, h.keyword("one two"))
	h.stats(1, 2)
}

func deletingRemovesADocumentFromEverything(h *harness) {
	h.upsert(document("ticket:a/1", text("one")), document("ticket:a/2", text("one")))
	h.delete("ticket:a/1")
	require.Equal(h, []eyeshot.Object{"ticket:a/2"}, objects(h.keyword("one")))
	require.Equal(h, []eyeshot.Object{"ticket:a/2"}, objects(h.semantic(vector(1))))
	_, err := h.Document(h.ctx(), acme, "ticket:a/1")
	require.ErrorIs(h, err, eyeshot.ErrNotFound)
	h.stats(1, 1)
}

func deletingWhatIsAbsentIsNoError(h *harness) {
	h.upsert(document("ticket:a/1", text("one")))
	h.delete("ticket:a/2", "ticket:a/1", "ticket:a/1")
	h.delete()
	require.NoError(h, h.Delete(h.ctx(), other, []eyeshot.Object{"ticket:a/1"}))
	h.stats(0, 0)
}

func aDeletedDocumentMayComeBack(h *harness) {
	h.upsert(document("ticket:a/1", text("old")))
	h.delete("ticket:a/1")
	h.upsert(document("ticket:a/1", text("new")))
	require.Empty(h, h.keyword("old"))
	require.Len(h, h.keyword("new"), 1)
}

func aLotWithOneWrongRecordLeavesNothing(h *harness) {
	wrong := document("ticket:a/2", eyeshot.Chunk{Text: "wrong", Vector: []float32{1}})
	err := h.Upsert(h.ctx(), acme, []store.Record{document("ticket:a/1", text("right")), wrong})
	require.ErrorIs(h, err, eyeshot.ErrInvalid)
	require.ErrorContains(h, err, "16") // what is allowed
	h.stats(0, 0)
	require.Empty(h, h.keyword("right"))
}

func whatTheCallerChangesAfterwardsStaysItsOwn(h *harness) {
	labels := []string{"mine"}
	record := document("ticket:a/1", along(1))
	record.Metadata = map[string]any{"labels": labels}
	h.upsert(record)
	labels[0], record.Chunks[0].Vector[0], record.Metadata["labels"] = "changed", 0, "changed"
	hits := h.drain(h.search(store.Query{Vector: vector(1), Access: everything(),
		Where: store.Compare{Key: "labels", Op: store.Eq, Value: "mine"}}).Semantic, 5)
	require.Equal(h, []store.Hit{{Ref: ref("ticket:a/1", 0), Score: 1}}, hits)
}

func anotherModel(h *harness) {
	h.upsert(document("ticket:a/1", text("kept")))
	for _, model := range []store.EmbeddingModel{
		{Name: "another", Dimension: dimension},
		{Name: testModel().Name, Dimension: dimension + 1},
	} {
		err := h.Prepare(h.ctx(), acme, model)
		require.ErrorIs(h, err, eyeshot.ErrConflict)
		require.ErrorContains(h, err, model.Name)
	}
	stats, err := h.Stats(h.ctx(), acme)
	require.NoError(h, err)
	require.Equal(h, store.Stats{Documents: 1, Chunks: 1, Model: testModel()}, stats)
	require.Len(h, h.keyword("kept"), 1)
}

func replaceWhole(h *harness) {
	h.upsert(document("ticket:a/1", text("alpha"), text("beta"), text("gamma")))
	h.upsert(document("ticket:a/1", text("delta")))
	require.Empty(h, h.keyword("alpha beta gamma"))
	require.Equal(h, []eyeshot.ChunkRef{ref("ticket:a/1", 0)}, refs(h.keyword("delta")))
	require.Equal(h, []eyeshot.ChunkRef{ref("ticket:a/1", 0)}, refs(h.semantic(vector(1))))
	passages, err := h.Passages(h.ctx(), acme, []eyeshot.ChunkRef{ref("ticket:a/1", 0), ref("ticket:a/1", 1), ref("ticket:a/1", 2)})
	require.NoError(h, err)
	require.Len(h, passages, 1)
	h.stats(1, 1)

	h.upsert(document("ticket:a/1", text("x"), text("y")))
	h.stats(1, 2)
	require.Len(h, h.keyword("x y"), 2)
}

func reopening(h *harness) {
	h.upsert(document("ticket:a/1", text("alpha beta"), text("beta")), document("doc:a/2", text("beta gamma")), document("doc:a/3", text("gone")))
	h.delete("doc:a/3")
	before, beforeSemantic := h.keyword("alpha beta"), h.semantic(vector(1))
	record, err := h.Document(h.ctx(), acme, "ticket:a/1")
	require.NoError(h, err)
	h.reopen()
	require.Equal(h, before, h.keyword("alpha beta"))
	require.Equal(h, beforeSemantic, h.semantic(vector(1)))
	require.Len(h, h.keyword(`"beta gamma"`), 1)
	again, err := h.Document(h.ctx(), acme, "ticket:a/1")
	require.NoError(h, err)
	require.Equal(h, record, again)
	require.ErrorIs(h, h.Prepare(h.ctx(), acme, store.EmbeddingModel{Name: "another", Dimension: 1}), eyeshot.ErrConflict)
	h.stats(2, 3)
}

// stats checks the counts of acme.
func (h *harness) stats(documents, chunks int) {
	h.Helper()
	stats, err := h.Stats(h.ctx(), acme)
	require.NoError(h, err)
	require.Equal(h, store.Stats{Documents: documents, Chunks: chunks, Model: stats.Model}, stats)
}
