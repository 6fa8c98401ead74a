package tuples

import (
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot/authzsync/internal/numbering"
)

// Reorder returns a state of the same relationships over a numbering of its
// own, in which objects that hang on the same subjects are neighbours, and
// those that nothing names any more are gone. joins says on the subjects of
// which slots objects hang. The state itself stays as it is.
func (s *State) Reorder(joins func(Slot) bool) (*State, error) {
	n, err := numbering.New()
	if err != nil {
		return nil, err
	}
	r := &reordering{from: s, to: Empty(n), by: new(owner), maps: map[string][]uint32{}}
	for typ, ordinals := range newOrder(s, joins) {
		if err := r.number(typ, ordinals); err != nil {
			return nil, fmt.Errorf("reorder %s: %w", typ, err)
		}
	}
	for slot, table := range s.Slots() {
		r.to.families[slot] = append(r.to.families[slot], r.table(slot, table))
		r.to.tuples += table.Len()
	}
	return r.to, nil
}

type reordering struct {
	from, to *State
	by       *owner
	maps     map[string][]uint32 // by type, from old ordinals to new ones
}

// number gives the objects of a type their new ordinals.
func (r *reordering) number(typ string, ordinals []uint32) error {
	to := make([]uint32, slices.Max(ordinals)+1)
	for _, old := range ordinals {
		object, _ := r.from.numbering.Object(typ, old)
		ordinal, err := r.to.numbering.Number(typ, object.ID(), numbering.Container{})
		if err != nil {
			return err
		}
		to[old] = ordinal
	}
	r.maps[typ] = to
	return nil
}

func (r *reordering) table(slot Slot, from *Table) *Table {
	b := tableBuilder{table: newTable(from.condition, r.by)}
	objects := r.maps[slot.Type]
	for source, set := range from.All() {
		members := make([]uint32, 0, set.Len())
		for object := range set.All() {
			members = append(members, objects[object])
		}
		slices.Sort(members)
		if !slot.Wildcard {
			source = r.maps[slot.SubjectType][source]
		}
		b.add(source, members)
	}
	return b.done()
}

// tableBuilder builds a table from whole sets.
type tableBuilder struct {
	table   *Table
	sources []uint32
	counts  []uint32 // by object
}

// add adds a subject's set; members are sorted and distinct.
func (b *tableBuilder) add(source uint32, members []uint32) {
	by := b.table.owner
	b.table.sets = b.table.sets.set(source, setOf(members, by), by)
	b.table.tuples += len(members)
	b.sources = append(b.sources, source)
	if last := members[len(members)-1]; int(last) >= len(b.counts) {
		b.counts = append(b.counts, make([]uint32, int(last)+1-len(b.counts))...)
	}
	for _, object := range members {
		b.counts[object]++
	}
}

func (b *tableBuilder) done() *Table {
	slices.Sort(b.sources)
	b.table.sources = bitmapOf(b.sources, b.table.owner)
	for bit := 0; ; bit++ {
		var slice []uint32
		more := false
		for object, count := range b.counts {
			if count>>bit&1 == 1 {
				slice = append(slice, uint32(object))
			}
			more = more || count>>bit > 1
		}
		b.table.counts = append(b.table.counts, bitmapOf(slice, b.table.owner))
		if !more {
			return b.table
		}
	}
}

func bitmapOf(sorted []uint32, by *owner) bitmap {
	bits := roaring.New()
	bits.AddMany(sorted)
	bits.RunOptimize()
	return bitmap{owner: by, bits: bits}
}

// setOf returns the set of sorted, distinct members.
func setOf(sorted []uint32, by *owner) Set {
	n := len(sorted)
	switch {
	case n == 0:
		return Set{}
	case int(sorted[n-1]-sorted[0]) == n-1:
		return Set{first: sorted[0], length: uint32(n)}
	case n <= maxList:
		return Set{big: &big{owner: by, list: slices.Clip(slices.Clone(sorted))}}
	}
	return Set{big: &big{owner: by, bits: bitmapOf(sorted, by).bits}}
}
