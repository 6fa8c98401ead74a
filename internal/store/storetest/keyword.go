package storetest

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

func numbered(i int) eyeshot.Object { return eyeshot.Object(fmt.Sprintf("ticket:n/%04d", i)) }

func keywordTests() []test {
	return []test{
		{"ChunksThatHoldAWordAreListed", func(h *harness) {
			h.upsert(document("ticket:a/1", text("Refund FAILS, after capture"), text("nothing here")), document("ticket:a/2", text("a refund")))
			require.ElementsMatch(h, []eyeshot.ChunkRef{ref("ticket:a/1", 0), ref("ticket:a/2", 0)}, refs(h.keyword("refund")))
			require.Empty(h, h.keyword("fund"))
			require.Empty(h, h.keyword("absent"))
		}},
		{"CaseAndDiacriticsDoNotMatter", func(h *harness) {
			h.upsert(document("ticket:a/1", text("Crème BRÛLÉE")))
			for _, query := range []string{"creme", "CRÈME", "bru\u0302le\u0301e"} {
				require.Len(h, h.keyword(query), 1, query)
			}
		}},
		{"AQueryWithoutAWordFindsNothing", aQueryWithoutAWordFindsNothing},
		{"TicketKeysAreFound", ticketKeysAreFound},
		{"TitlesAndHeadingsAreSearchedAndCountMore", titlesAndHeadingsAreSearchedAndCountMore},
		{"RareWordsAndShortChunksCountMore", func(h *harness) {
			h.upsert(document("ticket:a/1", text("common")), document("ticket:a/2", text("common rare")), document("ticket:a/3", text("common common filler filler")))
			require.Equal(h, eyeshot.Object("ticket:a/2"), objects(h.keyword("common rare"))[0])
		}},
		{"AQuotedPhraseRestrictsTheList", aQuotedPhraseRestrictsTheList},
		{"APhraseDoesNotSpanTitleAndText", aPhraseDoesNotSpanTitleAndText},
		{"APrefixRestrictsTheList", func(h *harness) {
			h.upsert(document("ticket:a/1", text("refunds refunding")), document("ticket:a/2", text("Refund")), document("ticket:a/3", text("fund word")))
			require.ElementsMatch(h, []eyeshot.Object{"ticket:a/1", "ticket:a/2"}, objects(h.keyword("refund*")))
			require.Empty(h, h.keyword("word refund* fun*"))
			require.Equal(h, []eyeshot.Object{"ticket:a/3"}, objects(h.keyword("word fun*")))
		}},
		{"OddSyntaxIsReadAsWords", oddSyntax},
		{"ScoresAreBM25", bm25},
		{"StatisticsAreThoseOfTheAllowedDocumentsAlone", privateStatistics},
		{"AMetadataFilterDoesNotChangeScores", aMetadataFilterDoesNotChangeScores},
	}
}

func aQueryWithoutAWordFindsNothing(h *harness) {
	h.upsert(document("ticket:a/1", text("...")))
	for _, query := range []string{"...", " ", `""`, "*", "\x00"} {
		lists := h.search(store.Query{Text: query, Access: everything()})
		require.NotNil(h, lists.Keyword, "it was asked for")
		require.Empty(h, h.drain(lists.Keyword, 3))
	}
}

func ticketKeysAreFound(h *harness) {
	h.upsert(document("ticket:jira/PAY-1482", text("its text names no key")), document("ticket:jira/PAY-7", text("see PAY-1482 there")),
		document("ticket:jira/OPS-1", text("1482 other things")))
	for _, query := range []string{"PAY-1482", `"PAY-1482"`, "pay-1482"} {
		found := objects(h.keyword(query))
		require.Subset(h, found, []eyeshot.Object{"ticket:jira/PAY-1482", "ticket:jira/PAY-7"}, query)
	}
	require.Len(h, h.keyword(`"PAY-1482"`), 2)
}

func titlesAndHeadingsAreSearchedAndCountMore(h *harness) {
	title := document("ticket:a/1", text("other words"))
	title.Title = "refund"
	heading := document("ticket:a/2", eyeshot.Chunk{Heading: "refund", Text: "other words", Vector: vector(1)})
	h.upsert(document("ticket:a/0", text("refund other words")), title, heading)
	require.Equal(h, []eyeshot.Object{"ticket:a/1", "ticket:a/2", "ticket:a/0"}, objects(h.keyword("refund")))
}

func aQuotedPhraseRestrictsTheList(h *harness) {
	h.upsert(document("ticket:a/1", text("a partial capture of funds")), document("ticket:a/2", text("capture the partial")),
		document("ticket:a/3", text("Partial-Capture!")), document("ticket:a/4", text("funds")))
	require.ElementsMatch(h, []eyeshot.Object{"ticket:a/1", "ticket:a/3"}, objects(h.keyword(`"partial capture"`)))
	require.Equal(h, []eyeshot.Object{"ticket:a/1", "ticket:a/3"}, objects(h.keyword(`funds "partial capture"`)))
	require.Equal(h, []eyeshot.Object{"ticket:a/1"}, objects(h.keyword(`"partial capture" "of funds"`)))
	require.Empty(h, h.keyword(`"partial funds"`))
}

func aPhraseDoesNotSpanTitleAndText(h *harness) {
	record := document("ticket:a/1", text("capture fails"))
	record.Title = "partial"
	h.upsert(record)
	require.Len(h, h.keyword("partial capture"), 1)
	require.Empty(h, h.keyword(`"partial capture"`))
}

func aMetadataFilterDoesNotChangeScores(h *harness) {
	one := document("ticket:a/1", text("word"))
	one.Metadata = map[string]any{"k": "v"}
	h.upsert(one, document("ticket:a/2", text("word more")), document("ticket:a/3", text("more more")))
	all := h.keyword("word")
	filtered := h.drain(h.search(store.Query{Text: "word", Access: everything(), Where: store.Compare{Key: "k", Op: store.Eq, Value: "v"}}).Keyword, 3)
	require.Equal(h, all[:1], filtered)
}

func oddSyntax(h *harness) {
	h.upsert(document("ticket:a/1", text("near not and or text column star quote 1482")))
	for _, query := range []string{
		"near AND", "NOT near", "near OR", "NEAR(near, 2)", "text:near", "{text title}: near", "^near", "-near", "+near", "near*foo", "*near", "near\x00",
		`"near`, `near"`, `"near not" "`, `near""`, `""" near`, `'near`, `near; DROP TABLE chunks`, `near\`, "(near", "near)", "near + not", `"near" : "x`, "near\"\x00\"",
	} {
		require.Len(h, h.keyword(query), 1, "%q", query)
	}
}

// bm25 works the formula out for a small collection.
func bm25(h *harness) {
	record := document("ticket:a/x", text("alpha beta beta"), text("alpha gamma"))
	record.Title = "Beta"
	h.upsert(record, document("ticket:a/y", text("gamma gamma gamma")))
	// Tokens: the name x or y once, the title twice, the text once.
	lengths := []uint32{1 + 2 + 3, 1 + 2 + 2, 1 + 3}
	scorer := keyword.Statistics{Chunks: 3, Tokens: 6 + 5 + 4}.Scorer()
	alpha, beta, gamma := scorer.IDF(2), scorer.IDF(2), scorer.IDF(2)
	want := map[eyeshot.ChunkRef]float64{
		ref("ticket:a/x", 0): scorer.Score(alpha, 1, lengths[0]) + scorer.Score(beta, 4, lengths[0]),
		ref("ticket:a/x", 1): scorer.Score(alpha, 1, lengths[1]) + scorer.Score(beta, 2, lengths[1]) + scorer.Score(gamma, 1, lengths[1]),
		ref("ticket:a/y", 0): scorer.Score(gamma, 3, lengths[2]),
	}
	hits := h.keyword("alpha beta gamma alpha")
	require.Len(h, hits, 3)
	for _, hit := range hits {
		require.Equal(h, float32(want[hit.Ref]), hit.Score, "%v", hit.Ref)
	}
}

// privateStatistics puts documents that must not count beside those that do.
func privateStatistics(h *harness) {
	mine := []store.Record{document("ticket:a/1", text("rare common")), document("ticket:a/2", text("common common words"), text("rare"))}
	h.upsert(mine...)
	access := NewNumbering().Access("ticket:a/1", "ticket:a/2")
	query := store.Query{Text: `rare common comm* "rare"`, Access: access}
	plain := store.Query{Text: "rare common words", Access: access}
	private, privatePlain := h.drain(h.search(query).Keyword, 3), h.drain(h.search(plain).Keyword, 3)
	require.NotEmpty(h, private)
	for i := range 50 {
		h.upsert(document(numbered(i), text("rare rare rare"), text("a much longer text with words that are common everywhere")))
	}
	require.Equal(h, private, h.drain(h.search(query).Keyword, 3))
	require.Equal(h, privatePlain, h.drain(h.search(plain).Keyword, 3))
}
