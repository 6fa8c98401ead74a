package storetest

import (
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func exportTests() []test {
	return []test{
		{"AnExportHoldsAllThatWasWritten", func(h *harness) {
			want := exportable()
			h.upsert(want...)
			got := h.export(acme, 7)
			require.Empty(h, sameRecord(want, got), "written is -, exported +")
		}},
		{"WhatWasExportedMakesTheSameStoreElsewhere", func(h *harness) {
			h.upsert(exportable()...)
			require.NoError(h, h.Prepare(h.ctx(), other, testModel()))
			require.NoError(h, h.Upsert(h.ctx(), other, h.export(acme, 4)))
			require.Empty(h, sameRecord(h.export(acme, 100), h.export(other, 3)))
			query := store.Query{Vector: vector(1, 2, 3, 4), Text: "w1 w2", Access: everything()}
			there, err := h.Search(h.ctx(), other, query)
			require.NoError(h, err)
			defer there.Close()
			here := h.search(query)
			require.Equal(h, h.drain(here.Semantic, 5), h.drain(there.Semantic, 5))
			require.Equal(h, h.drain(here.Keyword, 5), h.drain(there.Keyword, 5))
		}},
		{"AnExportOfNothingIsEmpty", func(h *harness) {
			require.Empty(h, h.export(acme, 5))
			require.Empty(h, h.export("nobody's", 5))
		}},
		{"AnExportGoesOnAfterAnObject", func(h *harness) {
			h.upsert(document("ticket:a/1", along(1)), document("doc:a/1", along(1)), document("ticket:a/10", along(1)), document("ticket:a/2"))
			page, err := h.Export(h.ctx(), acme, "ticket:a/1", 1)
			require.NoError(h, err)
			require.Len(h, page, 1)
			require.Equal(h, eyeshot.Object("ticket:a/10"), page[0].Object)
		}},
	}
}

// exportable is documents of every kind, in byte order.
func exportable() []store.Record {
	var all []store.Record
	for i := range 20 {
		record := wordy(i, 3)
		record.Title, record.URL = "title", "https://example.com/"+string(rune('a'+i))
		record.Metadata = map[string]any{"s": "x", "n": float64(i), "b": i%2 == 0, "l": []string{"a", "b"}}
		all = append(all, record)
	}
	return append(all, document("ticket:z/empty"))
}

func (h *harness) export(tenant string, page int) []store.Record {
	h.Helper()
	var all []store.Record
	for after := eyeshot.Object(""); ; after = all[len(all)-1].Object {
		records, err := h.Export(h.ctx(), tenant, after, page)
		require.NoError(h, err)
		all = append(all, records...)
		if len(records) < page {
			return all
		}
	}
}
