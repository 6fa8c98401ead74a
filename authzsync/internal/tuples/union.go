package tuples

import (
	"cmp"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// Union gathers sets and bitmaps and ORs them at once. Neighbouring runs are
// merged before they touch a bitmap, and a union of one bitmap is that bitmap:
// nothing is copied. The zero Union is empty.
type Union struct {
	runs  []run
	loose []uint32
	bits  []*roaring.Bitmap
}

type run struct{ first, end uint64 }

// AddSet adds the members of a set.
func (u *Union) AddSet(s Set) {
	switch {
	case s.big == nil:
		u.addRun(uint64(s.first), uint64(s.first)+uint64(s.length))
	case s.big.bits == nil:
		u.loose = append(u.loose, s.big.list...)
	default:
		u.bits = append(u.bits, s.big.bits)
	}
}

// Add adds the members of a bitmap, which must not change while the union or
// its result is in use.
func (u *Union) Add(bits *roaring.Bitmap) {
	if !bits.IsEmpty() {
		u.bits = append(u.bits, bits)
	}
}

func (u *Union) addRun(first, end uint64) {
	if first == end {
		return
	}
	if n := len(u.runs); n > 0 && u.runs[n-1].end == first {
		u.runs[n-1].end = end
		return
	}
	u.runs = append(u.runs, run{first, end})
}

// Bitmap returns the union. It may be one of the bitmaps that were added: the
// caller must not change it.
func (u *Union) Bitmap() *roaring.Bitmap {
	if len(u.runs) > 0 || len(u.loose) > 0 {
		u.bits = append(u.bits, u.scattered())
		u.runs, u.loose = nil, nil
	}
	switch len(u.bits) {
	case 0:
		return roaring.New()
	case 1:
		return u.bits[0]
	case 2:
		return roaring.Or(u.bits[0], u.bits[1])
	}
	return orAll(u.bits)
}

// orAll ORs many bitmaps, all containers of one key at once. roaring's own FastOr
// adds the members of a run to another run one by one; AndAny collects them in
// a plain bitmap, and what it intersects them with is everything.
func orAll(bits []*roaring.Bitmap) *roaring.Bitmap {
	var end uint32
	for _, b := range bits {
		end = max(end, b.Maximum())
	}
	out := roaring.New()
	out.AddRange(0, uint64(end|math.MaxUint16)+1)
	out.AndAny(bits...)
	out.RunOptimize() // AndAny leaves containers of any kind behind
	return out
}

// scattered returns what was added as runs and single members.
func (u *Union) scattered() *roaring.Bitmap {
	out := roaring.New()
	for _, r := range u.merged() {
		if r.end-r.first > maxList {
			out.AddRange(r.first, r.end)
			continue
		}
		for x := r.first; x < r.end; x++ {
			u.loose = append(u.loose, uint32(x))
		}
	}
	slices.Sort(u.loose)
	out.AddMany(u.loose)
	return out
}

// merged returns the runs in rising order, those that touch as one.
func (u *Union) merged() []run {
	slices.SortFunc(u.runs, func(a, b run) int { return cmp.Compare(a.first, b.first) })
	merged := u.runs[:0]
	for _, r := range u.runs {
		if n := len(merged); n > 0 && r.first <= merged[n-1].end {
			merged[n-1].end = max(merged[n-1].end, r.end)
		} else {
			merged = append(merged, r)
		}
	}
	return merged
}
