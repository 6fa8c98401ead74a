package tuples

import (
	"iter"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// Set is an immutable set of ordinals in 16 bytes and, where it isn't one run,
// a sorted list or a bitmap beside it. Most sets of an access graph are tiny
// (the comments of a ticket, the tickets a person reported), and a bitmap costs
// some 200 bytes however little it holds. The zero Set is empty.
type Set struct {
	first, length uint32 // the run, where big is nil
	big           *big
}

// big is a list or a bitmap. Its owner alone may change it, until its edit is done.
type big struct {
	owner *owner
	list  []uint32
	bits  *roaring.Bitmap
}

// maxList is the longest list; sets that grow past it become bitmaps, and
// become lists again at half of it.
const maxList = 64

// Empty reports whether the set has no member.
func (s Set) Empty() bool { return s.big == nil && s.length == 0 }

// Len returns the number of members.
func (s Set) Len() int {
	switch {
	case s.big == nil:
		return int(s.length)
	case s.big.bits == nil:
		return len(s.big.list)
	}
	return int(s.big.bits.GetCardinality())
}

// Contains reports whether x is a member.
func (s Set) Contains(x uint32) bool {
	switch {
	case s.big == nil:
		return x >= s.first && x-s.first < s.length
	case s.big.bits == nil:
		_, found := slices.BinarySearch(s.big.list, x)
		return found
	}
	return s.big.bits.Contains(x)
}

// All yields the members in rising order.
func (s Set) All() iter.Seq[uint32] {
	switch {
	case s.big == nil:
		return func(yield func(uint32) bool) {
			for i := uint32(0); i < s.length && yield(s.first+i); i++ {
			}
		}
	case s.big.bits == nil:
		return slices.Values(s.big.list)
	}
	return roaring.Values(s.big.bits)
}

// Bitmap returns the members as a bitmap that nobody may change.
func (s Set) Bitmap() *roaring.Bitmap {
	if s.big != nil && s.big.bits != nil {
		return s.big.bits
	}
	var u Union
	u.AddSet(s)
	return u.Bitmap()
}

// with returns the set and x, which is not a member.
func (s Set) with(x uint32, by *owner) Set {
	switch {
	case s.big == nil && s.length == 0:
		return Set{first: x, length: 1}
	case s.big == nil && x == s.first+s.length:
		return Set{first: s.first, length: s.length + 1}
	case s.big == nil && x+1 == s.first:
		return Set{first: x, length: s.length + 1}
	case s.big == nil && s.length < maxList:
		s = Set{big: &big{owner: by, list: slices.Collect(s.All())}}
	case s.big == nil || s.big.bits == nil && len(s.big.list) == maxList:
		s = s.toBits(by)
	}
	own := s.big.owned(by)
	if own.bits != nil {
		own.bits.Add(x)
		return Set{big: own}
	}
	at, _ := slices.BinarySearch(own.list, x)
	own.list = slices.Insert(own.list, at, x)
	return listed(own)
}

// without returns the set without its member x.
func (s Set) without(x uint32, by *owner) Set {
	switch {
	case s.big == nil && x == s.first+s.length-1:
		return Set{first: s.first, length: s.length - 1}
	case s.big == nil && x == s.first:
		return Set{first: x + 1, length: s.length - 1}
	case s.big == nil && s.length <= maxList:
		s = Set{big: &big{owner: by, list: slices.Collect(s.All())}}
	case s.big == nil:
		s = s.toBits(by)
	}
	own := s.big.owned(by)
	if own.bits != nil {
		own.bits.Remove(x)
		if own.bits.GetCardinality() > maxList/2 {
			return Set{big: own}
		}
		return listed(&big{owner: by, list: own.bits.ToArray()})
	}
	at, _ := slices.BinarySearch(own.list, x)
	own.list = slices.Delete(own.list, at, at+1)
	return listed(own)
}

// listed returns the set of a list, as a run where it is one.
func listed(b *big) Set {
	n := uint32(len(b.list))
	switch {
	case n == 0:
		return Set{}
	case b.list[n-1]-b.list[0] == n-1:
		return Set{first: b.list[0], length: n}
	}
	return Set{big: b}
}

func (s Set) toBits(by *owner) Set {
	bits := roaring.New()
	if s.big == nil {
		bits.AddRange(uint64(s.first), uint64(s.first)+uint64(s.length))
	} else {
		bits.AddMany(s.big.list)
		bits.RunOptimize()
	}
	return Set{big: &big{owner: by, bits: bits}}
}

func (b *big) owned(by *owner) *big {
	switch {
	case b.owner == by:
		return b
	case b.bits != nil:
		return &big{owner: by, bits: b.bits.Clone()}
	}
	return &big{owner: by, list: slices.Clone(b.list)}
}

// bytes is what the set holds beside its own 16 bytes.
func (s Set) bytes() int {
	switch {
	case s.big == nil:
		return 0
	case s.big.bits == nil:
		return 40 + 4*cap(s.big.list)
	}
	return 40 + bytesOf(s.big.bits)
}
