package pgvector

import (
	"math/bits"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// memory holds the vectors of one tenant as they are at one version of it, to
// scan them under a search's bitmap: PostgreSQL takes twenty times as long for a
// row. It is a copy; what is in the database counts, and a search that finds it
// at another version than the search's own does not use it.
//
// Rows and documents are only ever appended, so that a list may go on reading
// what it has found without a lock.
type memory struct {
	mu        sync.RWMutex
	dimension int
	version   int64 // of the tenant; -1 before the first load
	rows      int
	dead      int
	blocks    [][]float32 // of blockRows rows each
	documents []uint32    // by row
	ns        []int32     // by row
	objects   []eyeshot.Object
	spans     []span  // by document
	ids       []int64 // by document: its number in the database
	byObject  map[eyeshot.Object]uint32
	byID      map[int64]uint32

	translating  sync.Mutex
	translations map[uint64]map[string][]uint32 // by epoch and type: ordinal to document + 1, 0 where it is not known
}

// span is the rows of a document.
type span struct{ first, count uint32 }

const blockRows = 4096

// maxEpochs is how many numberings are remembered; there is one at a time, but
// while an index is rebuilt.
const maxEpochs = 4

func newMemory(dimension int) *memory {
	return &memory{dimension: dimension, version: -1, byObject: map[eyeshot.Object]uint32{}, byID: map[int64]uint32{}, translations: map[uint64]map[string][]uint32{}}
}

// bytes is about what a tenant's vectors take.
func bytes(chunks, dimension int) int64 { return int64(chunks) * int64(4*dimension+16) }

// remove forgets the rows of a document.
func (m *memory) remove(id int64) {
	if document, known := m.byID[id]; known {
		m.dead += int(m.spans[document].count)
		m.spans[document] = span{}
	}
}

// begin starts a document anew; its rows follow.
func (m *memory) begin(id int64, object eyeshot.Object) uint32 {
	m.remove(id)
	document, known := m.byObject[object]
	if !known {
		document = uint32(len(m.objects))
		m.objects, m.spans, m.ids = append(m.objects, object), append(m.spans, span{}), append(m.ids, id)
		m.byObject[object] = document
	}
	m.byID[id], m.ids[document] = document, id
	m.spans[document] = span{first: uint32(m.rows)}
	return document
}

func (m *memory) add(document uint32, n int32, vector []float32) {
	if m.rows%blockRows == 0 {
		m.blocks = append(m.blocks, make([]float32, 0, blockRows*m.dimension))
	}
	last := len(m.blocks) - 1
	m.blocks[last] = append(m.blocks[last], vector...)
	m.documents, m.ns = append(m.documents, document), append(m.ns, n)
	m.spans[document].count++
	m.rows++
}

// chosen returns the rows of what the access allows, rising.
//
// SECURITY: rows are found by the set's own members; nothing else is scored.
func (m *memory) chosen(access store.Access) []uint32 {
	marks := make([]uint64, m.rows/64+1)
	set := access.Documents()
	switch {
	case access.Everything():
		for _, s := range m.spans {
			mark(marks, s)
		}
	case set.Numbering() != nil: // without a numbering, ordinals mean nothing
		m.translating.Lock()
		defer m.translating.Unlock()
		known := m.translation(set.Numbering().Epoch())
		for typ, bitmap := range set.ByType() {
			if bitmap != nil {
				known[typ] = m.markMembers(marks, known[typ], set.Numbering(), typ, bitmap)
			}
		}
	}
	return taken(marks)
}

// translation returns what is known of a numbering.
func (m *memory) translation(epoch uint64) map[string][]uint32 {
	if m.translations[epoch] == nil {
		if len(m.translations) >= maxEpochs {
			clear(m.translations)
		}
		m.translations[epoch] = map[string][]uint32{}
	}
	return m.translations[epoch]
}

// markMembers marks the rows of one type's members, and returns what is now
// known of their ordinals.
func (m *memory) markMembers(marks []uint64, known []uint32, numbering store.Numbering, typ string, members *roaring.Bitmap) []uint32 {
	for at := members.Iterator(); at.HasNext(); {
		ordinal := at.Next()
		if int(ordinal) < len(known) && known[ordinal] > 0 {
			mark(marks, m.spans[known[ordinal]-1])
			continue
		}
		object, numbered := numbering.Object(typ, ordinal)
		if document, here := m.byObject[object]; numbered && here {
			known = remember(known, ordinal, document+1)
			mark(marks, m.spans[document])
		}
	}
	return known
}

// remember grows a translation as far as it has to.
func remember(known []uint32, ordinal, document uint32) []uint32 {
	if int(ordinal) >= len(known) {
		known = append(known, make([]uint32, int(ordinal)+1-len(known))...)
	}
	known[ordinal] = document
	return known
}

func mark(marks []uint64, s span) {
	for row := s.first; row < s.first+s.count; row++ {
		marks[row/64] |= 1 << (row % 64)
	}
}

// taken lists what is marked.
func taken(marks []uint64) []uint32 {
	n := 0
	for _, word := range marks {
		n += bits.OnesCount64(word)
	}
	rows := make([]uint32, 0, n)
	for i, word := range marks {
		for ; word != 0; word &= word - 1 {
			rows = append(rows, uint32(64*i+bits.TrailingZeros64(word)))
		}
	}
	return rows
}
