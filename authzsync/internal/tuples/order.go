package tuples

import (
	"cmp"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// order is a new order of the objects of each type, in old ordinals.
type order map[string][]uint32

// newOrder puts objects that hang on the same subjects next to each other:
// every container (a project, a folder, a group) is followed by what hangs on
// it, depth first, and the objects of one container are sorted by what else
// they hang on (their security level). The set of a container's objects, of
// whatever is below it, and of a level within it, are then runs.
//
// joins says on the subjects of which slots objects hang. An object that hangs
// on several goes to the subject of the slot that names most of them, which is
// the narrowest. Objects that no tuple names any more are left out.
func newOrder(s *State, joins func(Slot) bool) order {
	o := &ordering{state: s, types: map[string]*typeOrder{}, done: order{}}
	for slot, table := range s.Slots() {
		o.of(slot.Type).live.Or(table.Objects())
		if !slot.Wildcard {
			o.of(slot.SubjectType).live.Or(table.Sources())
		}
	}
	for slot := range s.families {
		if slot.Wildcard || joins(slot) {
			o.addSlot(slot)
		}
	}
	for _, typ := range o.types {
		typ.sortColumns()
	}
	for _, name := range o.names() {
		o.placeRoots(name)
	}
	for _, name := range o.names() {
		o.placeRest(name)
	}
	return o.done
}

// ordering is newOrder at work.
type ordering struct {
	state *State
	types map[string]*typeOrder
	done  order
}

// typeOrder is what is known of one type's objects.
type typeOrder struct {
	live    *roaring.Bitmap
	placed  *roaring.Bitmap
	columns []*column // the narrowest slot first
	below   []*column // columns of any type whose subjects are of this one
}

// column says of each object which subject of a slot it hangs on: the ordinal
// plus one, or 0. Of several it keeps the first.
type column struct {
	slot   Slot
	spread int
	parent []uint32
}

func (o *ordering) of(name string) *typeOrder {
	if o.types[name] == nil {
		o.types[name] = &typeOrder{live: roaring.New(), placed: roaring.New()}
	}
	return o.types[name]
}

func (o *ordering) names() []string {
	var names []string
	for name := range o.types {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (o *ordering) addSlot(slot Slot) {
	typ := o.of(slot.Type)
	if typ.live.IsEmpty() {
		return
	}
	c := &column{slot: slot, spread: o.state.Spread(slot), parent: make([]uint32, typ.live.Maximum()+1)}
	for _, table := range o.state.families[slot] {
		for source, set := range table.All() {
			for object := range set.All() {
				if c.parent[object] == 0 {
					c.parent[object] = source + 1
				}
			}
		}
	}
	typ.columns = append(typ.columns, c)
	if !slot.Wildcard {
		o.of(slot.SubjectType).below = append(o.of(slot.SubjectType).below, c)
	}
}

func (t *typeOrder) sortColumns() {
	slices.SortFunc(t.columns, func(a, b *column) int {
		return cmp.Or(cmp.Compare(b.spread, a.spread), a.slot.compare(b.slot))
	})
	slices.SortFunc(t.below, func(a, b *column) int { return a.slot.compare(b.slot) })
}

// home returns the column of the subject that an object is placed after, or nil.
func (t *typeOrder) home(object uint32) *column {
	for _, c := range t.columns {
		if !c.slot.Wildcard && c.parent[object] != 0 {
			return c
		}
	}
	return nil
}

// sort puts objects of one container in the order of what else they hang on:
// the slot with the fewest subjects decides first.
func (t *typeOrder) sort(objects []uint32) {
	slices.SortFunc(objects, func(a, b uint32) int {
		for _, c := range slices.Backward(t.columns) {
			if c.parent[a] != c.parent[b] {
				return cmp.Compare(c.parent[a], c.parent[b])
			}
		}
		return cmp.Compare(a, b)
	})
}
