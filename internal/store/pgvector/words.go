package pgvector

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// Bounds of tsvector: see "Limitations" in PostgreSQL's chapter on full text
// search. What goes beyond them is found with less, never refused.
const (
	maxLexemeBytes  = 2046
	maxPosition     = 16_383
	maxPositions    = 255     // of one lexeme
	maxVectorBytes  = 900_000 // lexemes and positions of one chunk; the limit is 1 MiB
	fieldGap        = 2       // between two fields, so that no phrase spans them
	positionBytes   = 2
	lexemeOverheads = 8
)

// weights of the fields: A is 1, D is 0.5 in [rankWeights].
var weights = [keyword.FieldCount]pgtype.TSVectorWeight{
	keyword.FieldName: pgtype.TSVectorWeightD, keyword.FieldTitle: pgtype.TSVectorWeightA,
	keyword.FieldHeading: pgtype.TSVectorWeightA, keyword.FieldText: pgtype.TSVectorWeightD,
}

// words makes the tsvector of a chunk, of the same tokens that the embedded
// store finds: PostgreSQL's own parsers split otherwise.
func words(tokenizer *keyword.Tokenizer, record store.Record, chunk eyeshot.Chunk) pgtype.TSVector {
	positions := map[string][]pgtype.TSVectorPosition{}
	at, size := 0, 0
	for i, field := range keyword.Fields(record.Object, record.Title, chunk.Heading, chunk.Text) {
		tokenizer.Each(field.Text, func(token []byte) {
			at++
			word := lexeme(string(token))
			list, known := positions[word]
			if !known {
				size += len(word) + lexemeOverheads
			}
			if len(list) < maxPositions && size < maxVectorBytes {
				positions[word] = append(list, pgtype.TSVectorPosition{Position: uint16(min(at, maxPosition)), Weight: weights[i]})
				size += positionBytes
			}
		})
		at += fieldGap
	}
	vector := pgtype.TSVector{Valid: true}
	for word, list := range positions {
		// Beyond the last position they would all be the same one.
		list = slices.CompactFunc(list, func(a, b pgtype.TSVectorPosition) bool { return a.Position == b.Position })
		vector.Lexemes = append(vector.Lexemes, pgtype.TSVectorLexeme{Word: word, Positions: list})
	}
	return vector
}

// lexeme is how a token is kept: a longer one than PostgreSQL takes by its
// beginning and its hash.
func lexeme(token string) string {
	if len(token) <= maxLexemeBytes {
		return token
	}
	hash := sha256.Sum256([]byte(token))
	cut := maxLexemeBytes - 2*len(hash)
	for !utf8.RuneStart(token[cut]) {
		cut--
	}
	return token[:cut] + hex.EncodeToString(hash[:])
}

// matching is the tsquery that a chunk has to match: all phrases, all prefixes,
// and at least one of the terms or prefixes.
func matching(query keyword.Query) string {
	parts := []string{scoring(query)}
	for _, phrase := range query.Phrases {
		quotedWords := make([]string, len(phrase))
		for i, token := range phrase {
			quotedWords[i] = quoted(token)
		}
		parts = append(parts, "("+strings.Join(quotedWords, " <-> ")+")")
	}
	for _, prefix := range query.Prefixes {
		parts = append(parts, quoted(prefix)+":*")
	}
	return strings.Join(parts, " & ")
}

// scoring is the tsquery that a chunk is ranked by: any of the words.
func scoring(query keyword.Query) string {
	var any []string
	for _, term := range query.Terms {
		any = append(any, quoted(term))
	}
	for _, prefix := range query.Prefixes {
		any = append(any, quoted(prefix)+":*")
	}
	return oneOf(any)
}

// oneOf joins alternatives as a balanced tree: PostgreSQL walks a tsquery by
// recursion, and thousands of words in a row would be as many levels.
func oneOf(any []string) string {
	switch len(any) {
	case 0:
		return ""
	case 1:
		return any[0]
	}
	half := len(any) / 2
	return "(" + oneOf(any[:half]) + " | " + oneOf(any[half:]) + ")"
}

// quoted makes a word of a tsquery.
//
// SECURITY: it takes tokens, which hold neither, and escapes quotes and
// backslashes all the same: no query text is ever read as tsquery syntax.
func quoted(token string) string {
	return "'" + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(lexeme(token)) + "'"
}
