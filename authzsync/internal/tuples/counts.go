package tuples

import "github.com/RoaringBitmap/roaring/v2"

// counts says for each object in how many sets of a table it is, as binary
// numbers sliced into bitmaps: bit b of an object's count is its bit in slice b
// (bit-sliced indexing, O'Neil and Quass 1997). Nearly all objects have one
// project and one folder, so slice 0 is a few runs and the others are empty.
type counts []bitmap

// increment adds one: a carry that ripples to the first slice without the object.
func (c counts) increment(object uint32, by *owner) counts {
	for b := range c {
		bits := c[b].owned(by)
		if bits.CheckedAdd(object) {
			return c
		}
		bits.Remove(object)
	}
	last := newBitmap(by)
	last.bits.Add(object)
	return append(c, last)
}

// decrement takes one away: a borrow that ripples to the first slice with it.
func (c counts) decrement(object uint32, by *owner) {
	for b := range c {
		bits := c[b].owned(by)
		if bits.CheckedRemove(object) {
			return
		}
		bits.Add(object)
	}
}

// any returns the objects with a count above 0.
func (c counts) any() *roaring.Bitmap { return c.from(0) }

// many returns the objects with a count above 1.
func (c counts) many() *roaring.Bitmap { return c.from(1) }

func (c counts) from(b int) *roaring.Bitmap {
	var u Union
	for _, slice := range c[min(b, len(c)):] {
		u.Add(slice.bits)
	}
	return u.Bitmap()
}

// of returns the count of one object.
func (c counts) of(object uint32) int {
	n := 0
	for b := range c {
		if c[b].bits.Contains(object) {
			n |= 1 << b
		}
	}
	return n
}
