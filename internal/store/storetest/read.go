package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func readTests() []test {
	return []test{
		{"ADocumentIsReadAsItWasWrittenButForItsVectors", readBack},
		{"ADocumentThatIsAbsentIsNotFound", func(h *harness) {
			for _, tenant := range []string{acme, other} {
				_, err := h.Document(h.ctx(), tenant, "ticket:a/1")
				require.ErrorIs(h, err, eyeshot.ErrNotFound)
			}
		}},
		{"TimesAreKeptInUTCToTheMicrosecond", func(h *harness) {
			for i, at := range []time.Time{{}, updated(), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
				time.Date(2026, 3, 29, 1, 30, 0, 1234, time.FixedZone("CET", 3600))} {
				record := document(eyeshot.Object(fmt.Sprintf("ticket:a/%d", i)))
				record.UpdatedAt = at
				h.upsert(record)
				read, err := h.Document(h.ctx(), acme, record.Object)
				require.NoError(h, err)
				require.Equal(h, at.UTC().Truncate(time.Microsecond), read.UpdatedAt)
			}
		}},
		{"PassagesComeInTheOrderAskedForAndMissingOnesAreLeftOut", passagesInOrder},
		{"PassagesOfATenantWithoutIndexAreNone", func(h *harness) {
			passages, err := h.Passages(h.ctx(), other, []eyeshot.ChunkRef{ref("ticket:a/1", 0)})
			require.NoError(h, err)
			require.Empty(h, passages)
		}},
		{"HashesAreThoseOfTheDocumentsThatAreThere", func(h *harness) {
			h.upsert(document("ticket:a/1"), document("ticket:a/2", text("x")))
			asked := []eyeshot.Object{"ticket:a/2", "ticket:a/3", "ticket:a/1", "ticket:a/1"}
			hashes, err := h.Hashes(h.ctx(), acme, asked)
			require.NoError(h, err)
			require.Equal(h, map[eyeshot.Object]string{"ticket:a/1": "hash of ticket:a/1", "ticket:a/2": "hash of ticket:a/2"}, hashes)
			hashes, err = h.Hashes(h.ctx(), other, asked)
			require.NoError(h, err)
			require.Empty(h, hashes)
		}},
		{"ObjectsAreListedInByteOrderPageByPage", listObjects},
		{"StatsCountDocumentsAndChunks", func(h *harness) {
			h.stats(0, 0)
			h.upsert(document("ticket:a/1", text("x"), text("y")), document("ticket:a/2"))
			h.stats(2, 2)
			stats, err := h.Stats(h.ctx(), acme)
			require.NoError(h, err)
			require.Equal(h, testModel(), stats.Model)
			stats, err = h.Stats(h.ctx(), other)
			require.NoError(h, err)
			require.Equal(h, store.Stats{}, stats)
		}},
	}
}

// sameRecord compares records as a caller would: a nil list is an empty one.
func sameRecord(a, b any) string { return cmp.Diff(a, b, cmpopts.EquateEmpty()) }

func readBack(h *harness) {
	record := document("ticket:jira-main/PAY%201", eyeshot.Chunk{Heading: "Runbook › Rollback", Text: "first\n\ttext", Vector: vector(1)},
		eyeshot.Chunk{Text: "", Vector: make([]float32, dimension)})
	record.Title, record.URL = "A “title”", "https://jira.example/browse/PAY-1?a=b&c=<d>"
	record.Metadata = map[string]any{
		"text": "välue <&>\u2028", "empty": "", "number": 0.1, "large": 1e300, "whole": float64(1 << 53), "negative": -0.5,
		"yes": true, "no": false, "list": []string{"b", "a", "", "a"}, "none": []string{}, "": "empty key", "ключ": "unicode key", "type": "not the type",
	}
	h.upsert(record)
	read, err := h.Document(h.ctx(), acme, record.Object)
	require.NoError(h, err)
	for i := range record.Chunks {
		record.Chunks[i].Vector = nil
	}
	require.Empty(h, sameRecord(record, read))
}

func passagesInOrder(h *harness) {
	first := document("ticket:a/1", eyeshot.Chunk{Heading: "H", Text: "one", Vector: vector(1)}, text("two"))
	first.Title, first.URL, first.Metadata = "Title", "https://a.example/1", map[string]any{"k": "v", "list": []string{"x"}}
	h.upsert(first, document("ticket:a/2", text("three")))
	passages, err := h.Passages(h.ctx(), acme, []eyeshot.ChunkRef{
		ref("ticket:a/2", 0), ref("ticket:a/9", 0), ref("ticket:a/1", 1), ref("ticket:a/1", 2), ref("ticket:a/1", -1), ref("ticket:a/1", 0), ref("ticket:a/2", 0),
	})
	require.NoError(h, err)
	var found []string
	for _, passage := range passages {
		found = append(found, fmt.Sprint(passage.Ref, " ", passage.Text))
	}
	require.Equal(h, []string{"{ticket:a/2 0} three", "{ticket:a/1 1} two", "{ticket:a/1 0} one", "{ticket:a/2 0} three"}, found)
	require.Empty(h, sameRecord(store.Passage{Ref: ref("ticket:a/1", 0), Heading: "H", Text: "one", Title: "Title",
		URL: "https://a.example/1", Metadata: first.Metadata, UpdatedAt: updated(), Hash: first.Hash}, passages[2]))
}

func listObjects(h *harness) {
	want := []eyeshot.Object{"a:Z", "a:a", "a:a/1", "a:é", "doc:1", "doc:10", "doc:2", "ticket:x", "ticket:日本"}
	for i := range want {
		h.upsert(document(want[len(want)-1-i], text("x")))
	}
	for page := 1; page <= len(want)+1; page++ {
		var listed []eyeshot.Object
		after := eyeshot.Object("")
		for {
			objects, err := h.Objects(h.ctx(), acme, after, page)
			require.NoError(h, err)
			if len(objects) == 0 {
				break
			}
			require.LessOrEqual(h, len(objects), page)
			listed = append(listed, objects...)
			after = objects[len(objects)-1]
		}
		require.Equal(h, want, listed, "pages of %d", page)
	}
	require.True(h, slices.IsSorted(want))
	objects, err := h.Objects(h.ctx(), other, "", 10)
	require.NoError(h, err)
	require.Empty(h, objects)
}
