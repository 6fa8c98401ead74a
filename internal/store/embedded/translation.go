package embedded

import (
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// maxTranslations is how many numberings one tenant's columns remember: the one
// in use, and those that searches under way may still bring.
const maxTranslations = 4

// translations remembers, by epoch, which document each ordinal stands for.
type translations struct {
	mu   sync.Mutex
	list []*translation // the one used last is the last
}

// of returns the translation of an epoch; the one unused for longest is dropped
// for a new one. known is how many documents the columns have.
func (t *translations) of(epoch uint64, known int) *translation {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.IndexFunc(t.list, func(one *translation) bool { return one.epoch == epoch })
	if at < 0 {
		if len(t.list) == maxTranslations {
			t.list = slices.Delete(t.list, 0, 1)
		}
		at = len(t.list)
		t.list = append(t.list, &translation{epoch: epoch, offered: known, byType: map[string]*ordinals{}})
	}
	found := t.list[at]
	t.list = append(slices.Delete(t.list, at, at+1), found)
	return found
}

// translation maps the ordinals of one numbering to document numbers. Both
// sides grow: an ordinal is looked up by name when a search first brings it, and
// a document that comes later is looked up when it comes. So each name is hashed
// once, and an ordinal without a document is never asked for again.
type translation struct {
	epoch uint64

	mu      sync.RWMutex
	byType  map[string]*ordinals
	offered int // documents numbered below were there, or looked up as they came
}

const (
	unknown = 0 // the ordinal was never asked for
	absent  = 1 // it was, and the store has no such document
	present = 2 // added to the document's number
)

const ordinalPage = 4096

// ordinals is an array by ordinal, in pages, since nothing says that ordinals
// are dense.
type ordinals struct{ pages []*[ordinalPage]uint32 }

func (o *ordinals) get(ordinal uint32) uint32 {
	at := int(ordinal / ordinalPage)
	if o == nil || at >= len(o.pages) || o.pages[at] == nil {
		return unknown
	}
	return o.pages[at][ordinal%ordinalPage]
}

func (o *ordinals) set(ordinal, value uint32) {
	at := int(ordinal / ordinalPage)
	for len(o.pages) <= at {
		o.pages = append(o.pages, nil)
	}
	if o.pages[at] == nil {
		o.pages[at] = new([ordinalPage]uint32)
	}
	o.pages[at][ordinal%ordinalPage] = value
}

// documents appends the numbers of the set's documents to found, in no order.
func (t *translation) documents(s *snapshot, set store.DocumentSet, found []uint32) []uint32 {
	t.offer(s.objects, set.Numbering())
	for typ, bitmap := range set.ByType() {
		if bitmap == nil {
			continue
		}
		var asked []uint32
		found, asked = t.lookUp(typ, bitmap, found)
		if len(asked) > 0 {
			found = t.resolve(s.columns, set.Numbering(), typ, asked, found)
		}
	}
	return found
}

// lookUp is the quick way: it translates what is known and returns the rest.
func (t *translation) lookUp(typ string, bitmap *roaring.Bitmap, found []uint32) (all, asked []uint32) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	ordinals := t.byType[typ]
	var buffer [512]uint32
	members := bitmap.ManyIterator()
	for n := members.NextMany(buffer[:]); n > 0; n = members.NextMany(buffer[:]) {
		for _, ordinal := range buffer[:n] {
			switch document := ordinals.get(ordinal); document {
			case unknown:
				asked = append(asked, ordinal)
			case absent:
			default:
				found = append(found, document-present)
			}
		}
	}
	return found, asked
}

// resolve looks ordinals up by name. An ordinal that the numbering does not
// know stays unknown: the numbering may be behind the bitmap for a moment.
func (t *translation) resolve(c *columns, numbering store.Numbering, typ string, asked, found []uint32) []uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, ordinal := range asked {
		object, known := numbering.Object(typ, ordinal)
		if !known {
			continue
		}
		number, here := c.numbers[object]
		// SECURITY: a bitmap speaks for its own type only.
		if !here || object.Type() != typ {
			t.ordinals(typ).set(ordinal, absent)
			continue
		}
		t.ordinals(typ).set(ordinal, number+present)
		found = append(found, number)
	}
	return found
}

// offer looks documents up that came since the last time: their ordinals may
// have been found absent before.
func (t *translation) offer(objects []eyeshot.Object, numbering store.Numbering) {
	t.mu.RLock()
	done := t.offered >= len(objects)
	t.mu.RUnlock()
	if done {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for ; t.offered < len(objects); t.offered++ {
		object := objects[t.offered]
		if ordinal, known := numbering.Ordinal(object); known {
			t.ordinals(object.Type()).set(ordinal, uint32(t.offered)+present)
		}
	}
}

func (t *translation) ordinals(typ string) *ordinals {
	if t.byType[typ] == nil {
		t.byType[typ] = &ordinals{}
	}
	return t.byType[typ]
}
