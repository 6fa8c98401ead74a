package tuples

import "github.com/RoaringBitmap/roaring/v2"

// wide is the number of subjects from which [Table.Join] looks whether the
// subjects left out are the fewer ones.
const wide = 16

// Join adds to the union every object that is written on one of the subjects
// from. Its cost is the number of those subjects that have objects, or of those
// that from leaves out, whichever is smaller: who reaches all projects but one
// costs what one project costs.
func (t *Table) Join(from *roaring.Bitmap, into *Union) {
	if t.Len() == 0 || from.IsEmpty() {
		return
	}
	sources := t.sources.bits
	reached, all := sources.AndCardinality(from), sources.GetCardinality()
	switch {
	case reached == all:
		into.Add(t.counts.any())
	case all < wide, 2*reached < all, !t.joinRest(from, into):
		t.joinEach(from, into)
	}
}

// joinEach ORs the set of every subject in from.
func (t *Table) joinEach(from *roaring.Bitmap, into *Union) {
	reached := from
	if from.GetCardinality() > t.sources.bits.GetCardinality() {
		reached = roaring.And(from, t.sources.bits)
	}
	var leaf []Set
	at := ^uint32(0)
	for source := range roaring.Values(reached) {
		if source>>fanBits != at {
			at, leaf = source>>fanBits, t.sets.leaf(source)
		}
		if leaf != nil {
			into.AddSet(leaf[source&(fanOut-1)])
		}
	}
}

// joinRest takes what the subjects outside from have away from what all have.
// That is right unless an object is in the set of one outside and of one in
// from as well; where an object in several sets is among those taken away, it
// reports false and adds nothing.
func (t *Table) joinRest(from *roaring.Bitmap, into *Union) bool {
	var lost Union
	t.joinEach(roaring.AndNot(t.sources.bits, from), &lost)
	away := lost.Bitmap()
	if away.Intersects(t.counts.many()) {
		return false
	}
	into.Add(roaring.AndNot(t.counts.any(), away))
	return true
}

// Objects returns every object of the table; not to be changed.
func (t *Table) Objects() *roaring.Bitmap {
	if t == nil {
		return roaring.New()
	}
	return t.counts.any()
}

// Subjects returns the subjects that an object is written with. It looks at
// one set after the other until it has found as many as there are.
func (t *Table) Subjects(object uint32) []uint32 {
	if t == nil {
		return nil
	}
	left := t.counts.of(object)
	var found []uint32
	for source, set := range t.All() {
		if left == 0 {
			break
		}
		if set.Contains(object) {
			found = append(found, source)
			left--
		}
	}
	return found
}
