package storetest

import (
	"context"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func cursorTests() []test {
	return []test{
		{"PagesOfAnySizeGiveTheSameList", anyPages},
		{"PagesMayBeOfDifferentSizes", pagesMayBeOfDifferentSizes},
		{"BeyondTheEndThereIsNothing", beyondTheEndThereIsNothing},
		{"ScoresAreThoseOfTheListWhetherOrNotItWasReadSoFar", scoresOfTheList},
		{"WritesNeverChangeAnOpenList", writesWhileOpen},
		{"AListOutlivesTheDropOfItsIndex", aListOutlivesTheDropOfItsIndex},
		{"AClosedListSaysSo", aClosedListSaysSo},
		{"ASearchThatIsCancelledFails", aSearchThatIsCancelledFails},
	}
}

func pagesMayBeOfDifferentSizes(h *harness) {
	rankedWorld(h, 300)
	want := h.drain(rankedSearch(h).Semantic, 1000)
	cursor := rankedSearch(h).Semantic
	var got []store.Hit
	for _, n := range []int{1, 0, -1, 70, 2, 128, 64, 1000} {
		hits, err := cursor.Next(h.ctx(), n)
		require.NoError(h, err)
		got = append(got, hits...)
	}
	require.Equal(h, want, got)
}

func beyondTheEndThereIsNothing(h *harness) {
	rankedWorld(h, 3)
	cursor := rankedSearch(h).Semantic
	require.NotEmpty(h, h.drain(cursor, 100))
	for range 3 {
		hits, err := cursor.Next(h.ctx(), 5)
		require.NoError(h, err)
		require.Empty(h, hits)
	}
}

func aListOutlivesTheDropOfItsIndex(h *harness) {
	rankedWorld(h, 100)
	want := h.drain(rankedSearch(h).Keyword, 7)
	lists := rankedSearch(h)
	_, err := lists.Keyword.Next(h.ctx(), 1)
	require.NoError(h, err)
	require.NoError(h, h.DropIndex(h.ctx(), acme))
	require.Equal(h, want[1:], h.drain(lists.Keyword, 7))
}

func aClosedListSaysSo(h *harness) {
	rankedWorld(h, 3)
	lists := rankedSearch(h)
	require.NoError(h, lists.Close())
	require.NoError(h, lists.Close(), "closing again is no error")
	_, err := lists.Semantic.Next(h.ctx(), 1)
	require.Error(h, err)
	_, err = lists.Keyword.Scores(h.ctx(), []eyeshot.ChunkRef{ref(numbered(1), 0)})
	require.Error(h, err)
}

func aSearchThatIsCancelledFails(h *harness) {
	rankedWorld(h, 3)
	ctx, cancel := context.WithCancel(h.ctx())
	cancel()
	_, err := h.Search(ctx, acme, store.Query{Vector: vector(1), Text: `"text"`, Access: everything()})
	require.ErrorIs(h, err, context.Canceled)
	_, err = rankedSearch(h).Semantic.Next(ctx, 1)
	require.ErrorIs(h, err, context.Canceled)
}

// rankedWorld holds documents whose scores are a few values, each many times.
func rankedWorld(h *harness, documents int) {
	var records []store.Record
	for i := range documents {
		words := "text"
		for range i % 5 {
			words += " text filler"
		}
		records = append(records, document(numbered((i*37)%documents),
			eyeshot.Chunk{Text: words, Vector: vector(1, 2+i%3, 5+i%4, 9)}, eyeshot.Chunk{Text: words, Vector: vector(1 + i%2)}))
	}
	h.upsert(records...)
}

func rankedSearch(h *harness) store.Lists {
	return h.search(store.Query{Vector: vector(1, 2, 5, 9), Text: "text filler", Access: everything()})
}

func anyPages(h *harness) {
	rankedWorld(h, 300)
	lists := rankedSearch(h)
	semantic, keyword := h.drain(lists.Semantic, 10_000), h.drain(lists.Keyword, 10_000)
	require.Len(h, keyword, 600)
	for i := 1; i < len(semantic); i++ {
		require.True(h, inOrder(semantic[i-1], semantic[i]), "%v before %v", semantic[i-1], semantic[i])
	}
	for i := 1; i < len(keyword); i++ {
		require.True(h, inOrder(keyword[i-1], keyword[i]), "%v before %v", keyword[i-1], keyword[i])
	}
	for _, page := range pageSizes() {
		lists := rankedSearch(h)
		require.Equal(h, semantic, h.drain(lists.Semantic, page), "pages of %d", page)
		require.Equal(h, keyword, h.drain(lists.Keyword, page), "pages of %d", page)
	}
}

func inOrder(a, b store.Hit) bool {
	switch {
	case a.Score != b.Score:
		return a.Score > b.Score
	case a.Ref.Object != b.Ref.Object:
		return a.Ref.Object < b.Ref.Object
	}
	return a.Ref.N < b.Ref.N
}

func scoresOfTheList(h *harness) {
	rankedWorld(h, 100)
	list := h.drain(rankedSearch(h).Semantic, 1000)
	listed := map[eyeshot.ChunkRef]float32{}
	for _, hit := range list {
		listed[hit.Ref] = hit.Score
	}
	asked := []eyeshot.ChunkRef{ref("ticket:n/absent", 0), ref(numbered(0), 2), ref(numbered(0), -1), ref("page:none", 0)}
	for i := range 100 {
		asked = append(asked, ref(numbered(i), 0), ref(numbered(i), 1))
	}
	cursor := rankedSearch(h).Semantic
	for range 4 {
		scores, err := cursor.Scores(h.ctx(), asked)
		require.NoError(h, err)
		for i, ref := range asked {
			require.Equal(h, listed[ref], scores[i], "%v", ref)
		}
		_, err = cursor.Next(h.ctx(), 40)
		require.NoError(h, err)
	}
	scores, err := cursor.Scores(h.ctx(), nil)
	require.NoError(h, err)
	require.Empty(h, scores)
}

// writesWhileOpen changes everything that a list was made of, page by page.
func writesWhileOpen(h *harness) {
	rankedWorld(h, 120)
	want := rankedSearch(h)
	semantic, keyword := h.drain(want.Semantic, 7), h.drain(want.Keyword, 7)
	lists := rankedSearch(h)
	var gotSemantic, gotKeyword []store.Hit
	for i := 0; ; i++ {
		a, err := lists.Semantic.Next(h.ctx(), 9)
		require.NoError(h, err)
		b, err := lists.Keyword.Next(h.ctx(), 9)
		require.NoError(h, err)
		gotSemantic, gotKeyword = append(gotSemantic, a...), append(gotKeyword, b...)
		if len(a) < 9 && len(b) < 9 {
			break
		}
		h.delete(numbered(i), numbered(119-i))
		h.upsert(document(numbered(60+i), along(-1)), document(numbered(1000+i), along(1, 2, 5, 9), along(1)))
	}
	require.Equal(h, semantic, gotSemantic)
	require.Equal(h, keyword, gotKeyword)
	for _, hit := range semantic {
		scores, err := lists.Semantic.Scores(h.ctx(), []eyeshot.ChunkRef{hit.Ref})
		require.NoError(h, err)
		require.Equal(h, hit.Score, scores[0], "%v", hit.Ref)
	}
}
