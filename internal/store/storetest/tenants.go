package storetest

import (
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func tenantTests() []test {
	return []test{
		{"TenantsWithTheSameDocumentsNeverMeet", twoTenants},
		{"TheEmptyTenantIsRefusedEverywhere", noTenant},
		{"OneNumberingMeansDifferentDocumentsInTwoTenants", func(h *harness) {
			require.NoError(h, h.Prepare(h.ctx(), other, testModel()))
			h.upsert(document("ticket:a/1", text("word acme")))
			require.NoError(h, h.Upsert(h.ctx(), other, []store.Record{document("ticket:a/0", text("word")), document("ticket:a/1", text("word other"))}))
			access := NewNumbering().Access("ticket:a/1")
			for tenant, mine := range map[string]string{acme: "acme", other: "other"} {
				lists, err := h.Search(h.ctx(), tenant, store.Query{Text: "word acme other", Access: access})
				require.NoError(h, err)
				hits := h.drain(lists.Keyword, 5)
				require.Equal(h, []eyeshot.ChunkRef{ref("ticket:a/1", 0)}, refs(hits))
				passages, err := h.Passages(h.ctx(), tenant, refs(hits))
				require.NoError(h, err)
				require.Equal(h, "word "+mine, passages[0].Text)
				require.NoError(h, lists.Close())
			}
		}},
	}
}

// tenantRecords are equal in both tenants but for the word "mine".
func tenantRecords(mine string) []store.Record {
	return []store.Record{document("ticket:a/1", text("shared words")), document("ticket:a/2", text("shared words "+mine))}
}

func twoTenants(h *harness) {
	require.NoError(h, h.Prepare(h.ctx(), other, testModel()))
	h.upsert(tenantRecords("acmes")...)
	alone := h.keyword("shared words acmes others")
	require.NoError(h, h.Upsert(h.ctx(), other, tenantRecords("others")))
	require.NoError(h, h.Upsert(h.ctx(), other, []store.Record{document("ticket:a/3", text("shared words"))}))

	require.Equal(h, alone, h.keyword("shared words acmes others"), "not even a score tells of the other tenant")
	require.Empty(h, h.keyword("others"))
	require.Empty(h, h.keyword(`"words others"`))
	require.Empty(h, h.keyword("other*"))
	require.Len(h, h.semantic(vector(1)), 2)
	_, err := h.Document(h.ctx(), acme, "ticket:a/3")
	require.ErrorIs(h, err, eyeshot.ErrNotFound)
	h.stats(2, 2)

	h.delete("ticket:a/1", "ticket:a/2", "ticket:a/3")
	require.NoError(h, h.DropIndex(h.ctx(), acme))
	stats, err := h.Stats(h.ctx(), other)
	require.NoError(h, err)
	require.Equal(h, 3, stats.Documents)
	h.reopen()
	lists, err := h.Search(h.ctx(), other, store.Query{Text: `"words others"`, Vector: vector(1), Access: everything()})
	require.NoError(h, err)
	require.Equal(h, []eyeshot.ChunkRef{ref("ticket:a/2", 0)}, refs(h.drain(lists.Keyword, 5)))
	require.Len(h, h.drain(lists.Semantic, 5), 3)
	require.NoError(h, lists.Close())
}

func noTenant(h *harness) {
	for _, tenant := range []string{"", strings.Repeat("t", store.MaxTenantBytes+1), "\xff", "a\x00"} {
		object := eyeshot.Object("ticket:a/1")
		_, document_ := h.Document(h.ctx(), tenant, object)
		_, passages := h.Passages(h.ctx(), tenant, nil)
		_, hashes := h.Hashes(h.ctx(), tenant, nil)
		_, objects := h.Objects(h.ctx(), tenant, "", 1)
		_, stats := h.Stats(h.ctx(), tenant)
		_, search := h.Search(h.ctx(), tenant, store.Query{Text: "x", Access: everything()})
		for call, err := range map[string]error{
			"document": document_, "passages": passages, "hashes": hashes, "objects": objects, "stats": stats, "search": search,
			"prepare": h.Prepare(h.ctx(), tenant, testModel()),
			"upsert":  h.Upsert(h.ctx(), tenant, []store.Record{document(object)}),
			"delete":  h.Delete(h.ctx(), tenant, []eyeshot.Object{object}),
			"drop":    h.DropIndex(h.ctx(), tenant),
		} {
			require.ErrorIs(h, err, eyeshot.ErrInvalid, call)
			require.ErrorContains(h, err, "tenant", call)
		}
	}
}
