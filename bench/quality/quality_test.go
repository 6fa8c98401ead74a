package quality

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
)

func TestNDCGIsThatOfThePaper(t *testing.T) {
	relevant := map[string]bool{"a": true, "b": true}
	require.InDelta(t, 1, ndcg([]string{"b", "a", "x"}, relevant, 10), 1e-12)
	require.InDelta(t, (1+1/math.Log2(4))/(1+1/math.Log2(3)), ndcg([]string{"a", "x", "b"}, relevant, 10), 1e-12)
	require.Zero(t, ndcg([]string{"x", "y", "a"}, relevant, 2), "the third place is beyond the second")
	require.True(t, math.IsNaN(ndcg(nil, nil, 10)), "a question that nothing answers says nothing")
	require.Equal(t, 0.5, recall([]string{"a", "x", "b"}, relevant, 2))
	require.Equal(t, 0.5, mean([]float64{1, math.NaN(), 0}))
}

// library writes a small collection: each text is about one thing, and asked for
// by its name.
func library(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "library")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "qrels"), 0o700))
	var corpus, queries, qrels strings.Builder
	qrels.WriteString("query-id\tcorpus-id\tscore\n")
	things := []string{"harbour", "orchard", "glacier", "bakery", "violin", "lantern", "meadow", "printer"}
	for i := range 160 {
		thing := things[i%len(things)]
		fmt.Fprintf(&corpus, "{\"_id\":\"%d\",\"title\":\"On the %s\",\"text\":\"What number %d says of the %s and its keeper.\"}\n", i, thing, i, thing)
	}
	for q, thing := range things {
		fmt.Fprintf(&queries, "{\"_id\":\"q%d\",\"text\":\"who keeps the %s\"}\n", q, thing)
		for i := q; i < 160; i += len(things) {
			fmt.Fprintf(&qrels, "q%d\t%d\t1\n", q, i)
		}
	}
	for name, text := range map[string]string{"corpus.jsonl": corpus.String(), "queries.jsonl": queries.String(), "qrels/test.tsv": qrels.String()} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func TestAnswersUnderPermissionsAreThoseOfAPrivateIndex(t *testing.T) {
	embedder, err := static.BuiltIn()
	require.NoError(t, err)
	r, err := Run(t.Context(), Options{Sets: []string{library(t)}, Embedder: embedder, Seed: 1})
	require.NoError(t, err)
	under := r.Tables[1]
	require.Len(t, under.Rows, len(shares())*len(modes()))
	for _, row := range under.Rows {
		require.Equal(t, row[2], row[3], "%v: filtering before ranking costs nothing", row)
		require.Equal(t, "8/8", row[6], "%v", row)
		require.Equal(t, "0", row[7], "%v", row)
	}
	require.Equal(t, "1.000", r.Tables[0].Rows[0][2], "keywords find what is asked for by name")
	for _, goal := range r.Goals {
		if strings.Contains(goal.Name, "private") {
			require.True(t, goal.Met(), "%+v", goal)
		}
	}
}

func TestAFolderThatIsNoCollectionIsRefused(t *testing.T) {
	embedder, err := static.BuiltIn()
	require.NoError(t, err)
	for _, sets := range [][]string{nil, {t.TempDir()}} {
		_, err := Run(t.Context(), Options{Sets: sets, Embedder: embedder})
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
