// Package keyword says what keyword search means, for every store that ranks
// by itself: how text becomes tokens (exactly as SQLite's FTS5 makes them), how
// a query reads, which parts of a document are searched, and how BM25 scores.
// It holds no index and reads no store.
package keyword

import "github.com/eyeshot-dev/eyeshot"

// Field is one part of a chunk's searched text. Its tokens count Weight times,
// in a term's frequency and in the chunk's length alike. A phrase never spans
// two fields.
type Field struct {
	Text   string
	Weight int
}

// The fields in the order of [Fields].
const (
	FieldName = iota
	FieldTitle
	FieldHeading
	FieldText
	FieldCount
)

// Fields returns what is searched of a chunk: its document's name in the source
// (so that "PAY-1482" finds that ticket though its text never says so), the
// document's title, the heading that leads to the chunk, and its text. Title and
// heading count twice: they were chosen to say what the text is about. (Titles
// counted 0, 1, 2, 3 times give an nDCG@10 of .295, .348, .364, .364 on cranfield
// and .276, .295, .294, .297 on cisi.)
func Fields(object eyeshot.Object, title, heading, text string) [FieldCount]Field {
	return [FieldCount]Field{
		FieldName:    {Text: object.Local(), Weight: 1},
		FieldTitle:   {Text: title, Weight: 2},
		FieldHeading: {Text: heading, Weight: 2},
		FieldText:    {Text: text, Weight: 1},
	}
}
