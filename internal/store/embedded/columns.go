package embedded

import (
	"sync"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// columns is all that searching one tenant takes, in memory and by column. A
// row is a chunk; the rows of a document follow each other. Rows, documents and
// postings are only appended: to replace a document is to append its new rows
// and to point its [span] at them. What is no longer pointed at is left out by
// every search, until [snapshot.compact] builds new columns without it.
//
// One writer at a time appends. Readers go by a [snapshot], which holds slices
// that end where the writer goes on, so they need no lock for what lies within;
// mu guards the maps and the slices' headers.
type columns struct {
	mu        sync.RWMutex
	tokenizer *keyword.Tokenizer

	matrix  matrix
	lexicon lexicon
	facts   facts

	objects []eyeshot.Object          // by document number
	numbers map[eyeshot.Object]uint32 // document numbers; deleted documents keep theirs

	documents []uint32 // by row: the document's number
	lengths   []uint32 // by row: the weighted number of tokens
	chunks    []int64  // by row: the chunk's id in the file, rising
	factsAt   []uint32 // by row: where the document's facts begin

	translations translations
}

// stored is a record as it was written to the file.
type stored struct {
	record   store.Record
	chunkIDs []int64
}

func newColumns(tokenizer *keyword.Tokenizer, dimension int) *columns {
	return &columns{
		tokenizer: tokenizer,
		matrix:    matrix{dimension: dimension},
		lexicon:   newLexicon(),
		facts:     newFacts(),
		numbers:   map[eyeshot.Object]uint32{},
	}
}

// add appends a document and returns its number and where its rows are. No
// search sees them before a snapshot is made. The lock is taken for this one
// document, so that a long lot never holds searches up.
func (c *columns) add(document stored) (number uint32, s span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	number = c.number(document.record.Object)
	s = span{first: uint32(c.matrix.rows), count: uint32(len(document.record.Chunks))}
	if s.count == 0 {
		return number, s
	}
	facts := c.facts.add(document.record)
	for i, chunk := range document.record.Chunks {
		c.addRow(number, facts, document.chunkIDs[i], document.record.Title, chunk)
	}
	return number, s
}

// number returns the document number of an object, which is given once for as
// long as these columns are in use.
func (c *columns) number(object eyeshot.Object) uint32 {
	number, known := c.numbers[object]
	if !known {
		number = uint32(len(c.objects))
		c.numbers[object] = number
		c.objects = append(c.objects, object)
	}
	return number
}

func (c *columns) addRow(number, facts uint32, chunkID int64, title string, chunk eyeshot.Chunk) {
	row, length := uint32(c.matrix.rows), uint32(0)
	for _, field := range keyword.Fields(chunk.Object, title, chunk.Heading, chunk.Text) {
		weight := uint32(field.Weight)
		c.tokenizer.Each(field.Text, func(token []byte) {
			c.lexicon.count(token, weight)
			length += weight
		})
	}
	c.lexicon.flush(row)
	c.matrix.append(chunk.Vector)
	c.documents = append(c.documents, number)
	c.lengths = append(c.lengths, length)
	c.chunks = append(c.chunks, chunkID)
	c.factsAt = append(c.factsAt, facts)
}
