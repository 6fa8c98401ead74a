package storetest

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func accessTests() []test {
	return []test{
		{"AnAccessThatNobodySetFindsNothing", func(h *harness) {
			h.upsert(document("ticket:a/1", along(1)))
			require.Empty(h, h.reach(store.Access{}))
		}},
		{"AnEmptySetFindsNothing", anEmptySetFindsNothing},
		{"OrdinalsWithoutANumberingFindNothing", func(h *harness) {
			h.upsert(document("ticket:a/1", along(1)))
			set := store.NewDocumentSet(nil, map[string]*roaring.Bitmap{"ticket": roaring.BitmapOf(0, 1, 2)})
			require.Empty(h, h.reach(store.AccessDocuments(set)))
		}},
		{"EverythingIsEverything", func(h *harness) {
			h.upsert(document("ticket:a/1", along(1)), document("doc:a/1", along(1)))
			require.Equal(h, []eyeshot.Object{"doc:a/1", "ticket:a/1"}, h.reach(everything()))
		}},
		{"ASetOfDocumentsOfSeveralTypesFindsThoseAndNoOthers", severalTypes},
		{"OrdinalsThatTheNumberingDoesNotKnowFindNothing", ordinalsThatTheNumberingDoesNotKnowFindNothing},
		{"DocumentsThatComeAfterTheirOrdinalsAreFound", documentsThatComeAfterTheirOrdinalsAreFound},
		{"OrdinalsThatComeAfterTheirDocumentsAreFound", func(h *harness) {
			numbering := NewNumbering()
			h.upsert(document("ticket:a/1", along(1)), document("ticket:a/2", along(1)))
			require.Equal(h, []eyeshot.Object{"ticket:a/1"}, h.reach(numbering.Access("ticket:a/1")))
			require.Equal(h, []eyeshot.Object{"ticket:a/2"}, h.reach(numbering.Access("ticket:a/2")))
		}},
		{"TheSameOrdinalMeansAnotherDocumentInAnotherEpoch", epochs},
		{"TheAccessHoldsForEveryPageAndEveryScore", pagesAndScores},
		{"AnswersEqualThoseOfAPrivateIndex", privateIndex},
	}
}

func anEmptySetFindsNothing(h *harness) {
	h.upsert(document("ticket:a/1", along(1)))
	for _, set := range []store.DocumentSet{
		{}, NewNumbering().Set(), store.NewDocumentSet(NewNumbering(), map[string]*roaring.Bitmap{"ticket": roaring.New(), "doc": nil}),
	} {
		require.Empty(h, h.reach(store.AccessDocuments(set)))
	}
}

func ordinalsThatTheNumberingDoesNotKnowFindNothing(h *harness) {
	h.upsert(document("ticket:a/1", along(1)), document("ticket:a/2", along(1)))
	numbering := NewNumbering()
	numbering.Add("ticket:a/1")
	set := store.NewDocumentSet(numbering, map[string]*roaring.Bitmap{
		"ticket": roaring.BitmapOf(0, 1, 77, 1<<31, 1<<32-1), "unheard of": roaring.BitmapOf(0)})
	require.Equal(h, []eyeshot.Object{"ticket:a/1"}, h.reach(store.AccessDocuments(set)))
	numbering.Add("ticket:a/2") // now ordinal 1 means something
	require.Equal(h, []eyeshot.Object{"ticket:a/1", "ticket:a/2"}, h.reach(store.AccessDocuments(set)))
}

func documentsThatComeAfterTheirOrdinalsAreFound(h *harness) {
	access := NewNumbering().Access("ticket:a/1", "ticket:a/2", "ticket:a/3")
	require.Empty(h, h.reach(access))
	h.upsert(document("ticket:a/2", along(1)))
	require.Equal(h, []eyeshot.Object{"ticket:a/2"}, h.reach(access))
	h.upsert(document("ticket:a/1", along(1)), document("ticket:a/9", along(1)))
	require.Equal(h, []eyeshot.Object{"ticket:a/1", "ticket:a/2"}, h.reach(access))
	h.delete("ticket:a/2")
	require.Equal(h, []eyeshot.Object{"ticket:a/1"}, h.reach(access))
	h.upsert(document("ticket:a/2", along(1)))
	require.Equal(h, []eyeshot.Object{"ticket:a/1", "ticket:a/2"}, h.reach(access))
}

// reach returns the documents that a search with the access finds, checked to
// be the same in both lists, with and without a phrase and a filter.
func (h *harness) reach(access store.Access) []eyeshot.Object {
	h.Helper()
	lists := h.search(store.Query{Vector: vector(1), Text: "text", Access: access})
	found := h.drain(lists.Semantic, 3)
	require.ElementsMatch(h, refs(found), refs(h.drain(lists.Keyword, 3)))
	phrase := h.search(store.Query{Text: `"text"`, Access: access, Where: store.And{}})
	require.ElementsMatch(h, refs(found), refs(h.drain(phrase.Keyword, 3)))
	prefix := h.search(store.Query{Text: "te*", Access: access, Where: store.Compare{Key: "missing", Op: store.Ne, Value: "x"}})
	require.ElementsMatch(h, refs(found), refs(h.drain(prefix.Keyword, 3)))
	reached := objects(found)
	slices.Sort(reached)
	return reached
}

func severalTypes(h *harness) {
	numbering := NewNumbering()
	for i := range 40 {
		object := numbered(i)
		numbering.Add(object, "doc:w/"+eyeshot.Object(object.Local()))
		h.upsert(document(object, along(1)), document("doc:w/"+eyeshot.Object(object.Local()), along(1), along(1)))
	}
	want := []eyeshot.Object{"doc:w/0003", "doc:w/0007", "ticket:n/0003", "ticket:n/0021", "ticket:n/0039"}
	require.Equal(h, want, h.reach(numbering.Access(want...)))
	require.Equal(h, want[:1], h.reach(numbering.Access(want[0])))
	require.Equal(h, want[2:3], h.reach(numbering.Access("ticket:n/0003", "ticket:n/absent", "page:w/0003")))
}

func epochs(h *harness) {
	h.upsert(document("ticket:a/1", along(1)), document("ticket:a/2", along(1)), document("ticket:a/3", along(1)))
	var accesses []store.Access
	var wants [][]eyeshot.Object
	for i := range 9 { // more epochs than anybody would remember
		numbering := NewNumbering()
		object := eyeshot.Object("ticket:a/" + string(rune('1'+i%3)))
		accesses, wants = append(accesses, numbering.Access(object)), append(wants, []eyeshot.Object{object})
	}
	for range 2 {
		for i, access := range accesses {
			require.Equal(h, wants[i], h.reach(access))
		}
	}
}

func pagesAndScores(h *harness) {
	numbering := NewNumbering()
	var mine []eyeshot.Object
	var all []eyeshot.ChunkRef
	for i := range 60 {
		h.upsert(document(numbered(i), along(1), along(1, 2, 3, 4)))
		all = append(all, ref(numbered(i), 0), ref(numbered(i), 1))
		if i%7 == 0 {
			mine = append(mine, numbered(i))
		}
	}
	lists := h.search(store.Query{Vector: vector(1), Text: "text", Access: numbering.Access(mine...)})
	for _, cursor := range []store.Cursor{lists.Semantic, lists.Keyword} {
		scores, err := cursor.Scores(h.ctx(), all)
		require.NoError(h, err)
		for i, ref := range all {
			require.Equal(h, slices.Contains(mine, ref.Object), scores[i] > 0, "%v", ref)
		}
		for _, hit := range h.drain(cursor, 2) {
			require.Contains(h, mine, hit.Ref.Object)
		}
	}
}

// privateIndex holds what a principal is answered to what an index of its
// documents alone would answer, score for score and bit for bit.
func privateIndex(h *harness) {
	require.NoError(h, h.Prepare(h.ctx(), other, testModel()))
	numbering := NewNumbering()
	for round, every := range []int{1, 2, 13} {
		var mine []eyeshot.Object
		var records, private []store.Record
		for i := range 90 {
			record := wordy(i, round)
			records = append(records, record)
			if i%every == 0 {
				mine, private = append(mine, record.Object), append(private, record)
			}
		}
		h.upsert(records...)
		require.NoError(h, h.DropIndex(h.ctx(), other))
		require.NoError(h, h.Prepare(h.ctx(), other, testModel()))
		require.NoError(h, h.Upsert(h.ctx(), other, private))
		for _, words := range []string{"w1", "w2 w3 w5 w7", `"w1 w2" w4`, "w1* w9", "n 0013"} {
			query := store.Query{Vector: vector(1, 2, 3, 4), Text: words, Access: numbering.Access(mine...)}
			shared := h.search(query)
			query.Access = everything()
			alone, err := h.Search(h.ctx(), other, query)
			require.NoError(h, err)
			require.Equal(h, h.drain(alone.Semantic, 11), h.drain(shared.Semantic, 11))
			require.Equal(h, h.drain(alone.Keyword, 11), h.drain(shared.Keyword, 11), words)
			require.NoError(h, alone.Close())
		}
	}
}

// wordy builds a document of words w0 to w12 that depends on i and round.
func wordy(i, round int) store.Record {
	words := ""
	for k := range 5 + i%9 {
		words += " w" + string(rune('0'+(i*k+round+k*k)%10))
		if k%4 == 3 {
			words += string(rune('0' + i%3))
		}
	}
	return document(numbered(i), text(words), eyeshot.Chunk{Text: words + words, Vector: vector(1+i%4, -5-i%3, 9+i%2, 13+i%4)})
}
