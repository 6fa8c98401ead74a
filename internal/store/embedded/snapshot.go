package embedded

import (
	"cmp"
	"sync"

	"github.com/eyeshot-dev/eyeshot"
)

// snapshot is the state of one tenant at one moment. It is immutable and costs
// next to nothing: it refers to the columns as far as they were filled, and to
// the pages of spans as they were. A cursor holds one for as long as it likes,
// and neither waits for writers nor makes them wait.
type snapshot struct {
	columns *columns
	rows    uint32 // rows in use, of live and of dead documents
	live    int    // rows of live documents
	spans   pages

	dimension int
	blocks    [][]float32
	objects   []eyeshot.Object
	documents []uint32
	lengths   []uint32
	chunks    []int64
	factsAt   []uint32
	flat      []uint32

	// everything lists the live rows, made when it is first asked for.
	everything func() []uint32
}

// newSnapshot takes the columns as they are now. Only the writer calls it.
func newSnapshot(c *columns, spans pages, live int) *snapshot {
	s := &snapshot{
		columns: c, rows: uint32(c.matrix.rows), live: live, spans: spans,
		dimension: c.matrix.dimension, blocks: c.matrix.blocks,
		objects: c.objects, documents: c.documents, lengths: c.lengths,
		chunks: c.chunks, factsAt: c.factsAt, flat: c.facts.flat,
	}
	s.everything = sync.OnceValue(s.listEverything)
	return s
}

func (s *snapshot) listEverything() []uint32 {
	marks := newMarks(s.rows)
	s.spans.each(func(_ uint32, span span) { marks.add(span) })
	return marks.take(s.live)
}

// find returns the row of a chunk, if the snapshot has it. The caller holds
// the columns' lock.
func (s *snapshot) find(ref eyeshot.ChunkRef) (row uint32, found bool) {
	number, known := s.columns.numbers[ref.Object]
	if !known {
		return 0, false
	}
	span := s.spans.get(number)
	if ref.N < 0 || ref.N >= int(span.count) {
		return 0, false
	}
	return span.first + uint32(ref.N), true
}

// ref names the chunk of a live row.
func (s *snapshot) ref(row uint32) eyeshot.ChunkRef {
	number := s.documents[row]
	return eyeshot.ChunkRef{Object: s.objects[number], N: int(row - s.spans.get(number).first)}
}

// compare orders live rows as results with equal scores are ordered: by object,
// then by chunk.
func (s *snapshot) compare(a, b uint32) int {
	if s.documents[a] == s.documents[b] {
		return cmp.Compare(a, b) // the rows of a document lie in the order of its chunks
	}
	return cmp.Compare(s.objects[s.documents[a]], s.objects[s.documents[b]])
}
