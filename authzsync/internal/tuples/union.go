package tuples

import (
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
	if len(u.runs) == 0 && len(u.loose) == 0 && len(u.bits) == 1 {
		return u.bits[0]
	}
	out := roaring.New()
	u.addRunsTo(out)
	slices.Sort(u.loose)
	out.AddMany(u.loose)
	for _, bits := range u.bits {
		out.Or(bits)
	}
	return out
}

// addRunsTo adds the runs in rising order, overlapping ones as one.
func (u *Union) addRunsTo(out *roaring.Bitmap) {
	slices.SortFunc(u.runs, func(a, b run) int {
		if a.first < b.first {
			return -1
		}
		return 1
	})
	for i := 0; i < len(u.runs); {
		merged := u.runs[i]
		for i++; i < len(u.runs) && u.runs[i].first <= merged.end; i++ {
			merged.end = max(merged.end, u.runs[i].end)
		}
		out.AddRange(merged.first, merged.end)
	}
}
