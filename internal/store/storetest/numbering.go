package storetest

import (
	"math/rand/v2"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// Numbering is a [store.Numbering] for tests: it numbers objects as they are
// added. It is safe for concurrent use.
type Numbering struct {
	epoch    uint64
	mu       sync.RWMutex
	ordinals map[eyeshot.Object]uint32
	objects  map[string][]eyeshot.Object // by type
}

// NewNumbering returns a numbering of an epoch of its own.
func NewNumbering() *Numbering {
	return &Numbering{epoch: rand.Uint64(), ordinals: map[eyeshot.Object]uint32{}, objects: map[string][]eyeshot.Object{}}
}

// Epoch implements [store.Numbering].
func (n *Numbering) Epoch() uint64 { return n.epoch }

// Ordinal implements [store.Numbering].
func (n *Numbering) Ordinal(object eyeshot.Object) (uint32, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	ordinal, known := n.ordinals[object]
	return ordinal, known
}

// Object implements [store.Numbering].
func (n *Numbering) Object(typ string, ordinal uint32) (eyeshot.Object, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if int(ordinal) >= len(n.objects[typ]) {
		return "", false
	}
	return n.objects[typ][ordinal], true
}

// Add numbers the objects that have no ordinal yet.
func (n *Numbering) Add(objects ...eyeshot.Object) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, object := range objects {
		if _, known := n.ordinals[object]; !known {
			n.ordinals[object] = uint32(len(n.objects[object.Type()]))
			n.objects[object.Type()] = append(n.objects[object.Type()], object)
		}
	}
}

// Set returns the set of the objects, numbered where they were not.
func (n *Numbering) Set(objects ...eyeshot.Object) store.DocumentSet {
	n.Add(objects...)
	byType := map[string]*roaring.Bitmap{}
	for _, object := range objects {
		if byType[object.Type()] == nil {
			byType[object.Type()] = roaring.New()
		}
		ordinal, _ := n.Ordinal(object)
		byType[object.Type()].Add(ordinal)
	}
	return store.NewDocumentSet(n, byType)
}

// Access returns the access to the objects and to nothing else.
func (n *Numbering) Access(objects ...eyeshot.Object) store.Access {
	return store.AccessDocuments(n.Set(objects...))
}
