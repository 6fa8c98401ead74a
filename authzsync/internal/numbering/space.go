package numbering

import (
	"errors"
	"hash/maphash"
	"sync/atomic"
)

var errFull = errors.New("the type has no ordinals or no room for ids left")

// space holds the ids of one type. Readers go through atomics alone; add is
// called under the numbering's lock.
type space struct {
	seed   maphash.Seed
	slots  atomic.Pointer[[]atomic.Uint32]
	refs   atomic.Pointer[[]*refChunk]
	arena  arena
	blocks blocks
	count  atomic.Int64 // ids that have an ordinal
}

// A chunk of references holds, for each ordinal, where its id lies in the
// arena; 0 where the ordinal has no id yet.
const chunkBits = 10

type refChunk [1 << chunkBits]atomic.Uint32

func newSpace() *space {
	s := &space{seed: maphash.MakeSeed(), blocks: newBlocks()}
	slots := make([]atomic.Uint32, 16)
	s.slots.Store(&slots)
	s.refs.Store(&[]*refChunk{})
	return s
}

// ordinal probes the hash table. A slot holds ordinal+1, so 0 is an empty slot
// and ends the search; slots are filled and never emptied.
func (s *space) ordinal(id string) (uint32, bool) {
	slots := *s.slots.Load()
	mask := uint64(len(slots) - 1)
	for i := maphash.String(s.seed, id) & mask; ; i = (i + 1) & mask {
		held := slots[i].Load()
		if held == 0 {
			return 0, false
		}
		if found, ok := s.id(held - 1); ok && string(found) == id {
			return held - 1, true
		}
	}
}

// id returns the bytes of an ordinal's id, which nobody changes.
func (s *space) id(ordinal uint32) ([]byte, bool) {
	chunks := *s.refs.Load()
	if int(ordinal>>chunkBits) >= len(chunks) || chunks[ordinal>>chunkBits] == nil {
		return nil, false
	}
	ref := chunks[ordinal>>chunkBits][ordinal&(1<<chunkBits-1)].Load()
	if ref == 0 {
		return nil, false
	}
	return s.arena.get(ref), true
}

// add gives a new id an ordinal. The id is written first, its reference second
// and its slot last, so a reader that finds the slot finds the id.
func (s *space) add(id string, container Container) (uint32, error) {
	ordinal, ok := s.blocks.next(container)
	if !ok {
		return 0, errFull
	}
	ref, ok := s.arena.put(id)
	if !ok {
		return 0, errFull
	}
	s.chunk(ordinal)[ordinal&(1<<chunkBits-1)].Store(ref)
	if 4*int(s.count.Add(1)) > 3*len(*s.slots.Load()) {
		s.grow()
	} else {
		s.insert(*s.slots.Load(), id, ordinal)
	}
	return ordinal, nil
}

// chunk returns the chunk of an ordinal's reference. A longer list of chunks is
// published as a new one: readers of the old one see what it held.
func (s *space) chunk(ordinal uint32) *refChunk {
	chunks := *s.refs.Load()
	at := int(ordinal >> chunkBits)
	if at < len(chunks) && chunks[at] != nil {
		return chunks[at]
	}
	grown := make([]*refChunk, max(len(chunks), at+1))
	copy(grown, chunks)
	grown[at] = new(refChunk)
	s.refs.Store(&grown)
	return grown[at]
}

// grow builds a table of twice the size with every id in it and publishes it.
func (s *space) grow() {
	grown := make([]atomic.Uint32, 2*len(*s.slots.Load()))
	for c, chunk := range *s.refs.Load() {
		if chunk == nil {
			continue
		}
		for i := range chunk {
			if ref := chunk[i].Load(); ref != 0 {
				s.insert(grown, string(s.arena.get(ref)), uint32(c<<chunkBits|i))
			}
		}
	}
	s.slots.Store(&grown)
}

func (s *space) insert(slots []atomic.Uint32, id string, ordinal uint32) {
	mask := uint64(len(slots) - 1)
	i := maphash.String(s.seed, id) & mask
	for slots[i].Load() != 0 {
		i = (i + 1) & mask
	}
	slots[i].Store(ordinal + 1)
}

func (s *space) stats() Stats {
	bytes := 4*len(*s.slots.Load()) + s.arena.bytes()
	for _, chunk := range *s.refs.Load() {
		bytes += 8
		if chunk != nil {
			bytes += 4 << chunkBits
		}
	}
	return Stats{Objects: int(s.count.Load()), Ordinals: int(s.blocks.end), Bytes: bytes}
}
