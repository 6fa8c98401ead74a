package pgvector

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

func TestAWordOfATsqueryIsQuotedWhateverItHolds(t *testing.T) {
	require.Equal(t, `'o''neil\\'`, quoted(`o'neil\`))
	require.Equal(t, `'a' & ('a' <-> 'b')`, matching(keyword.Query{Terms: []string{"a"}, Phrases: [][]string{{"a", "b"}}}))
	require.Equal(t, `('a' | 'pre':*) & 'pre':*`, matching(keyword.Query{Terms: []string{"a"}, Prefixes: []string{"pre"}}))
}

func TestLongTokensKeepApart(t *testing.T) {
	long := strings.Repeat("é", 2000)
	require.Equal(t, "short", lexeme("short"))
	require.LessOrEqual(t, len(lexeme(long)), maxLexemeBytes)
	require.NotEqual(t, lexeme(long), lexeme(long+"x"))
	require.Equal(t, lexeme(long), lexeme(long))
}

// words upserts one chunk.
func (w *world) words(object eyeshot.Object, text string) {
	w.Helper()
	require.NoError(w, w.Upsert(w.Context(), acme, []store.Record{{
		Object: object, Chunks: []eyeshot.Chunk{{ChunkRef: eyeshot.ChunkRef{Object: object}, Text: text, Vector: make([]float32, dimension)}},
	}}))
}

func (w *world) matches(text string) int {
	w.Helper()
	lists, err := w.Search(w.Context(), acme, store.Query{Text: text, Access: store.AccessEverythingForTheGateToDecide()})
	require.NoError(w, err)
	defer lists.Close()
	return len(w.drain(lists.Keyword))
}

func TestTheLargestTextIsTakenAndItsBeginningFound(t *testing.T) {
	w := newWorld(t, Config{}, 0)
	var text strings.Builder
	for i := 0; text.Len() < store.MaxTextBytes-20; i++ {
		fmt.Fprintf(&text, "word%d ", i)
	}
	w.words("ticket:a/many", text.String())
	w.words("ticket:a/long", strings.Repeat("x", store.MaxTextBytes))
	w.words("ticket:a/again", strings.Repeat("again and ", 50_000))
	require.Equal(t, 1, w.matches("word0 word1"))
	require.Equal(t, 1, w.matches(`"word7 word8"`))
	require.Equal(t, 1, w.matches("word16000"))
	require.Equal(t, 1, w.matches(strings.Repeat("x", keyword.MaxTokenBytes)))
	require.Equal(t, 1, w.matches(`"and again"`))
}

func TestTheLongestQueryIsAnswered(t *testing.T) {
	w := newWorld(t, Config{}, 10)
	var text strings.Builder
	for i := 0; text.Len() < store.MaxQueryBytes-20; i++ {
		fmt.Fprintf(&text, "%x ", i+1000)
	}
	require.Equal(t, 10, w.matches(text.String()+" ticket"))
}

func TestATitleWeighsMoreThanAText(t *testing.T) {
	w := newWorld(t, Config{}, 0)
	record := store.Record{Object: "ticket:a/1", Title: "refund", Chunks: []eyeshot.Chunk{{ChunkRef: eyeshot.ChunkRef{Object: "ticket:a/1"}, Text: "late", Vector: make([]float32, dimension)}}}
	require.NoError(t, w.Upsert(t.Context(), acme, []store.Record{record}))
	w.words("ticket:a/0", "late refund")
	lists, err := w.Search(t.Context(), acme, store.Query{Text: "refund", Access: store.AccessEverythingForTheGateToDecide()})
	require.NoError(t, err)
	defer lists.Close()
	hits := w.drain(lists.Keyword)
	require.Equal(t, eyeshot.Object("ticket:a/1"), hits[0].Ref.Object)
	require.Greater(t, hits[0].Score, hits[1].Score)
}
