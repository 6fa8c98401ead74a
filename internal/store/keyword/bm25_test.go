package keyword

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestScoreIsTheFormulaOfTheBook(t *testing.T) {
	// Worked by hand: N=3, df=1, tf=2, length 4, mean 5.
	s := Statistics{Chunks: 3, Tokens: 15}.Scorer()
	idf := math.Log(1 + (3-1+0.5)/(1+0.5))
	want := idf * 2 * 2.5 / (2 + 1.5*(0.25+0.75*4.0/5))
	require.InDelta(t, want, s.Score(s.IDF(1), 2, 4), 1e-12)
}

func TestATermThatEveryChunkHoldsStillCounts(t *testing.T) {
	s := Statistics{Chunks: 10, Tokens: 100}.Scorer()
	require.Positive(t, s.Score(s.IDF(10), 1, 10))
}

func TestScoresRiseWithFrequencyAndFallWithLengthAndCommonness(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Statistics{Chunks: rapid.IntRange(2, 1000).Draw(t, "chunks"), Tokens: rapid.Int64Range(1000, 100_000).Draw(t, "tokens")}
		df := rapid.IntRange(1, s.Chunks-1).Draw(t, "df")
		tf := rapid.Uint32Range(1, 1000).Draw(t, "tf")
		length := rapid.Uint32Range(tf, 2000).Draw(t, "length")
		scorer := s.Scorer()
		of := func(df int, tf, length uint32) float64 { return scorer.Score(scorer.IDF(df), tf, length) }
		score := of(df, tf, length)
		if of(df, tf+1, length) <= score || of(df, tf, length+1) >= score || of(df+1, tf, length) >= score {
			t.Fatalf("not monotonous at %v: df %d, tf %d, length %d", s, df, tf, length)
		}
	})
}
