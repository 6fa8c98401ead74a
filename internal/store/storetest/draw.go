package storetest

import (
	"context"
	"errors"
	"strings"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func isKind(err, kind error) bool { return errors.Is(err, kind) }

func drawObject(t *rapid.T) eyeshot.Object {
	return rapid.SampledFrom(allObjects()).Draw(t, "object")
}

// words is a small vocabulary, so that terms meet.
func words() *rapid.Generator[string] {
	word := rapid.SampledFrom([]string{"refund", "refunds", "Refund", "ref", "pay", "PAY-1", "capture", "partial", "été", "ete", "1", "語", "a", "long-word", "x_y", "", "."})
	return rapid.Map(rapid.SliceOfN(word, 0, 6), func(words []string) string { return strings.Join(words, " ") })
}

func drawVector(t *rapid.T) []float32 {
	axes := rapid.SampledFrom([]int{0, 1, 4, 4, 16}).Draw(t, "axes")
	v := make([]float32, dimension)
	if axes == 0 {
		return v
	}
	from := rapid.IntRange(0, 3).Draw(t, "from")
	step := dimension / axes
	var chosen []int
	for i := range axes {
		axis := 1 + (from+i*step)%dimension
		if rapid.Bool().Draw(t, "sign") && axes > 1 {
			axis = -axis
		}
		chosen = append(chosen, axis)
	}
	return vector(chosen...)
}

func drawRecord(t *rapid.T) store.Record {
	var chunks []eyeshot.Chunk
	for range rapid.IntRange(0, 3).Draw(t, "chunks") {
		chunks = append(chunks, eyeshot.Chunk{Heading: words().Draw(t, "heading"), Text: words().Draw(t, "text"), Vector: drawVector(t)})
	}
	record := document(drawObject(t), chunks...)
	record.Readers = []eyeshot.Subject{"user:*"}
	record.Title, record.Hash = words().Draw(t, "title"), rapid.SampledFrom([]string{"h1", "h2"}).Draw(t, "hash")
	record.UpdatedAt = updated().AddDate(0, 0, rapid.IntRange(0, 2).Draw(t, "day"))
	value := rapid.SampledFrom(compareValues())
	record.Metadata = rapid.MapOfN(rapid.SampledFrom([]string{"k", "n", "l"}), value, 0, 3).Draw(t, "metadata")
	if _, found := record.Metadata["l"]; found {
		record.Metadata["l"] = rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "", "true"}), 0, 3).Draw(t, "list")
	}
	return record
}

func (p *program) drawQuery() store.Query {
	query := store.Query{Access: p.drawAccess().By(p.drawRoute())}
	if rapid.Bool().Draw(p.T, "filtered") {
		query.Where = filter(1).Draw(p.T, "where")
	}
	if rapid.Bool().Draw(p.T, "semantic") {
		query.Vector = drawVector(p.T)
	}
	if query.Vector == nil || rapid.Bool().Draw(p.T, "keyword") {
		query.Text = words().Draw(p.T, "words") + rapid.SampledFrom([]string{" refund", ` "refund capture"`, ` "pay 1"`, ` "partial`, " re*", " pay* capt*", " a*"}).Draw(p.T, "syntax")
	}
	return query
}

// drawRoute draws a way; all records have the reader that it goes by.
func (p *program) drawRoute() store.Route {
	way := rapid.SampledFrom([]store.Way{store.Any, store.Exact, store.Filtered, store.Unfiltered}).Draw(p.T, "way")
	return store.Route{Way: way, Memberships: []eyeshot.Subject{"user:*"}}
}

func (p *program) drawAccess() store.Access {
	switch rapid.IntRange(0, 5).Draw(p.T, "access") {
	case 0:
		return store.Access{}
	case 1:
		return everything()
	}
	return p.numbering.Access(rapid.SliceOfN(rapid.Custom(drawObject), 0, 12).Draw(p.T, "allowed")...)
}

// answer is what a search gave: both lists, and the score of every chunk there
// could be.
type answer struct {
	semantic, keyword             []store.Hit
	semanticScores, keywordScores []float32
	hasSemantic, hasKeyword       bool
}

func ask(ctx context.Context, s *store.Service, tenant string, query store.Query, page int) (a answer, err error) {
	lists, err := s.Search(ctx, tenant, query)
	if err != nil {
		return a, err
	}
	a.hasSemantic, a.hasKeyword = lists.Semantic != nil, lists.Keyword != nil
	if a.hasSemantic {
		a.semantic, a.semanticScores, err = readList(ctx, lists.Semantic, page)
	}
	if a.hasKeyword && err == nil {
		a.keyword, a.keywordScores, err = readList(ctx, lists.Keyword, page)
	}
	return a, errors.Join(err, lists.Close())
}

func readList(ctx context.Context, cursor store.Cursor, page int) ([]store.Hit, []float32, error) {
	hits, err := collect(ctx, cursor, page)
	if err != nil {
		return nil, nil, err
	}
	var asked []eyeshot.ChunkRef
	for _, object := range allObjects() {
		asked = append(asked, ref(object, 0), ref(object, 1), ref(object, 2), ref(object, 3))
	}
	scores, err := cursor.Scores(ctx, asked)
	return hits, scores, err
}

// same fails where the answers differ: in a chunk, in the order, or by more
// than rounding in a score. Of keywords that a driver ranks by scores of its own,
// the chunks have to be the same.
func (a answer) same(t *rapid.T, b answer, ownRanking bool) {
	t.Helper()
	require.Equal(t, []bool{a.hasSemantic, a.hasKeyword}, []bool{b.hasSemantic, b.hasKeyword})
	require.Equal(t, refs(a.semantic), refs(b.semantic), "the semantic list")
	for i := range a.semantic {
		require.InDelta(t, a.semantic[i].Score, b.semantic[i].Score, 1e-5)
	}
	require.InDeltaSlice(t, a.semanticScores, b.semanticScores, 1e-5)
	if ownRanking {
		a.sameMatches(t, b)
		return
	}
	require.Equal(t, refs(a.keyword), refs(b.keyword), "the keyword list")
	for i := range a.keyword {
		require.InDelta(t, a.keyword[i].Score, b.keyword[i].Score, 1e-5)
	}
	require.InDeltaSlice(t, a.keywordScores, b.keywordScores, 1e-5)
}

// sameMatches holds b, ranked by scores of its own, to a's chunks and to the
// order of every list.
func (a answer) sameMatches(t *rapid.T, b answer) {
	t.Helper()
	require.ElementsMatch(t, refs(a.keyword), refs(b.keyword), "the keyword list")
	for i := 1; i < len(b.keyword); i++ {
		require.True(t, inOrder(b.keyword[i-1], b.keyword[i]), "%v before %v", b.keyword[i-1], b.keyword[i])
	}
	require.Len(t, b.keywordScores, len(a.keywordScores))
	for i, score := range a.keywordScores {
		require.Equal(t, score > 0, b.keywordScores[i] > 0, "a score above 0 says that a chunk matches")
	}
}
