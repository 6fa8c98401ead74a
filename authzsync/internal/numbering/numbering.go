// Package numbering gives every object of a tenant an ordinal within its type
// and keeps the way back. It is built for many readers and one million ids: a
// look-up takes no lock, and an id costs its bytes and about ten more. It knows
// nothing of permissions.
package numbering

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/eyeshot-dev/eyeshot"
)

// Numbering maps objects to ordinals and back. Within one Numbering an ordinal
// stays with its object for good and is never given to another. Look-ups are
// lock-free and safe beside [Numbering.Number], which serialises its callers.
type Numbering struct {
	epoch  uint64
	mu     sync.Mutex
	spaces atomic.Pointer[map[string]*space]
}

// New returns an empty numbering with an epoch of its own. The epoch is random,
// so that two numberings of one process never share it; it is never 0.
func New() (*Numbering, error) {
	var seed [8]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, fmt.Errorf("draw an epoch for the numbering: %w", err)
	}
	n := &Numbering{epoch: binary.LittleEndian.Uint64(seed[:]) | 1}
	n.spaces.Store(&map[string]*space{})
	return n, nil
}

// Epoch identifies the numbering within the process.
func (n *Numbering) Epoch() uint64 { return n.epoch }

// Ordinal returns the object's ordinal within its type.
func (n *Numbering) Ordinal(object eyeshot.Object) (uint32, bool) {
	typ, id, found := strings.Cut(string(object), ":")
	if !found {
		return 0, false
	}
	return n.OrdinalOf(typ, id)
}

// OrdinalOf is [Numbering.Ordinal] for an object in its two parts.
func (n *Numbering) OrdinalOf(typ, id string) (uint32, bool) {
	space := n.space(typ)
	if space == nil {
		return 0, false
	}
	return space.ordinal(id)
}

// Object returns the object of an ordinal within a type.
func (n *Numbering) Object(typ string, ordinal uint32) (eyeshot.Object, bool) {
	space := n.space(typ)
	if space == nil {
		return "", false
	}
	id, ok := space.id(ordinal)
	if !ok {
		return "", false
	}
	return eyeshot.Object(typ + ":" + string(id)), true
}

// Number returns the ordinal of an object and gives it one where it has none.
// A new object is placed beside those that came with the same container; the
// zero [Container] means that it has none. It fails when a type is full: 2^32
// ordinals, or 4 GiB of ids.
func (n *Numbering) Number(typ, id string, container Container) (uint32, error) {
	if ordinal, ok := n.OrdinalOf(typ, id); ok {
		return ordinal, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if ordinal, ok := n.OrdinalOf(typ, id); ok {
		return ordinal, nil
	}
	ordinal, err := n.ensure(typ).add(id, container)
	if err != nil {
		return 0, fmt.Errorf("number %s:%s: %w", typ, id, err)
	}
	return ordinal, nil
}

// Types returns the types that have objects, in no particular order.
func (n *Numbering) Types() []string {
	types := make([]string, 0, len(*n.spaces.Load()))
	for typ := range *n.spaces.Load() {
		types = append(types, typ)
	}
	return types
}

// Len returns how many objects of a type have an ordinal. It waits for nobody.
func (n *Numbering) Len(typ string) int {
	if space := n.space(typ); space != nil {
		return int(space.count.Load())
	}
	return 0
}

// Stats says what a type's ids cost.
type Stats struct {
	Objects  int // ids that have an ordinal
	Ordinals int // ordinals given or set aside: all are below this
	Bytes    int // memory held
}

// Stats counts the objects of a type.
func (n *Numbering) Stats(typ string) Stats {
	space := n.space(typ)
	if space == nil {
		return Stats{}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return space.stats()
}

func (n *Numbering) space(typ string) *space { return (*n.spaces.Load())[typ] }

// ensure returns the type's space; the caller holds mu.
func (n *Numbering) ensure(typ string) *space {
	if space := n.space(typ); space != nil {
		return space
	}
	grown := maps.Clone(*n.spaces.Load())
	grown[typ] = newSpace()
	n.spaces.Store(&grown)
	return grown[typ]
}
