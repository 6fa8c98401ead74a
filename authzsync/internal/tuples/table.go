package tuples

import (
	"iter"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// Table holds the tuples of one slot and condition: for the ordinal of each
// subject (0 for a wildcard) the set of objects that it is written on. It is
// immutable once its edit is done.
type Table struct {
	condition string
	sets      vec[Set]
	sources   bitmap // subjects whose set is not empty
	counts    counts // in how many sets each object is
	tuples    int
	owner     *owner
}

// Set returns the objects that a subject is written on.
func (t *Table) Set(source uint32) Set {
	if t == nil {
		return Set{}
	}
	return t.sets.at(source)
}

// Sources returns the subjects that are written on anything; not to be changed.
func (t *Table) Sources() *roaring.Bitmap { return t.sources.bits }

// Len returns the number of tuples.
func (t *Table) Len() int {
	if t == nil {
		return 0
	}
	return t.tuples
}

func newTable(condition string, by *owner) *Table {
	return &Table{condition: condition, sources: newBitmap(by), owner: by}
}

// owned returns a table that by may change.
func (t *Table) owned(by *owner) *Table {
	if t.owner == by {
		return t
	}
	copied := *t
	copied.owner = by
	copied.counts = slices.Clone(t.counts)
	return &copied
}

// add puts object into source's set; it reports false where it was there.
func (t *Table) add(source, object uint32, by *owner) bool {
	before := t.sets.at(source)
	if before.Contains(object) {
		return false
	}
	t.sets = t.sets.set(source, before.with(object, by), by)
	if before.Empty() {
		t.sources.owned(by).Add(source)
	}
	t.counts = t.counts.increment(object, by)
	t.tuples++
	return true
}

// remove takes object out of source's set; it reports false where it wasn't there.
func (t *Table) remove(source, object uint32, by *owner) bool {
	before := t.sets.at(source)
	if !before.Contains(object) {
		return false
	}
	after := before.without(object, by)
	t.sets = t.sets.set(source, after, by)
	if after.Empty() {
		t.sources.owned(by).Remove(source)
	}
	t.counts.decrement(object, by)
	t.tuples--
	return true
}

// All yields each subject that is written on anything, with its objects.
func (t *Table) All() iter.Seq2[uint32, Set] {
	return func(yield func(uint32, Set) bool) {
		if t == nil {
			return
		}
		for source := range roaring.Values(t.sources.bits) {
			if !yield(source, t.sets.at(source)) {
				return
			}
		}
	}
}
