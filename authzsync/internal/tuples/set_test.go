package tuples

import (
	"maps"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// ordinals draws ordinals that lie close together, far apart, and in clusters,
// so that sets are runs, lists and bitmaps and turn into one another.
func ordinals() *rapid.Generator[uint32] {
	return rapid.Custom(func(t *rapid.T) uint32 {
		base := rapid.SampledFrom([]uint32{0, 0, 0, 65_500, 1 << 20, 1<<32 - 200}).Draw(t, "base")
		return base + rapid.Uint32Range(0, 150).Draw(t, "offset")
	})
}

func TestASetHoldsWhatWasPutInAndEarlierSetsStayAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var set Set
		want := map[uint32]bool{}
		type version struct {
			set  Set
			want []uint32
		}
		var past []version
		by := new(owner)
		for range rapid.IntRange(0, 400).Draw(t, "steps") {
			x := ordinals().Draw(t, "x")
			if want[x] {
				set = set.without(x, by)
				delete(want, x)
			} else {
				set = set.with(x, by)
				want[x] = true
			}
			if rapid.IntRange(0, 20).Draw(t, "edit ends") == 0 {
				past = append(past, version{set, sorted(want)})
				by = new(owner)
			}
		}
		past = append(past, version{set, sorted(want)})
		for _, v := range past {
			holds(t, v.set, v.want)
		}
	})
}

func holds(t *rapid.T, set Set, want []uint32) {
	if diff := cmp.Diff(want, slices.Collect(set.All())); diff != "" {
		t.Fatalf("members (-want +got):\n%s", diff)
	}
	if set.Len() != len(want) || set.Empty() != (len(want) == 0) {
		t.Fatalf("length %d, empty %v, want %d", set.Len(), set.Empty(), len(want))
	}
	if diff := cmp.Diff(want, members(set.Bitmap())); diff != "" {
		t.Fatalf("bitmap (-want +got):\n%s", diff)
	}
	for _, x := range want {
		if !set.Contains(x) {
			t.Fatalf("%d is listed and not contained", x)
		}
	}
	for _, x := range []uint32{0, 1, 151, 65_499, 1<<32 - 1} {
		if set.Contains(x) != slices.Contains(want, x) {
			t.Fatalf("contains(%d) is %v", x, set.Contains(x))
		}
	}
}

func TestASetOfMembersIsTheSameAsOneBuiltUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfDistinct(ordinals(), rapid.ID).Draw(t, "members")
		slices.Sort(want)
		holds(t, setOf(want, new(owner)), append([]uint32(nil), want...))
	})
}

func TestSmallAndNeighbouringSetsNeedNoBitmap(t *testing.T) {
	by := new(owner)
	var run Set
	for x := uint32(1000); x < 50_000; x++ {
		run = run.with(x, by)
	}
	if run.bytes() != 0 {
		t.Errorf("a run of 49,000 takes %d bytes beside the set itself", run.bytes())
	}
	list := run.without(25_000, by)
	for x := uint32(1000); list.Len() > 20; x++ {
		if list.Contains(x) {
			list = list.without(x, by)
		}
	}
	if list.big != nil && list.big.bits != nil {
		t.Error("a set of 20 is still a bitmap")
	}
}

func TestAUnionHoldsWhatItsPartsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var u Union
		want := map[uint32]bool{}
		for range rapid.IntRange(0, 6).Draw(t, "parts") {
			part := rapid.SliceOfDistinct(ordinals(), rapid.ID).Draw(t, "part")
			if rapid.Bool().Draw(t, "a run") {
				first := ordinals().Draw(t, "first")
				part = nil
				for i := range min(rapid.Uint32Range(0, 5000).Draw(t, "length"), 1<<32-1-first) {
					part = append(part, first+i)
				}
			}
			slices.Sort(part)
			if rapid.Bool().Draw(t, "as bitmap") {
				u.Add(roaring.BitmapOf(part...))
			} else {
				u.AddSet(setOf(part, new(owner)))
			}
			for _, x := range part {
				want[x] = true
			}
		}
		got := u.Bitmap()
		if diff := cmp.Diff(sorted(want), members(got)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if err := got.Validate(); err != nil && len(want) > 0 {
			t.Fatal(err)
		}
	})
}

func TestAUnionLeavesItsPartsAsTheyAre(t *testing.T) {
	a, b, c := roaring.BitmapOf(1, 2, 3), roaring.BitmapOf(3, 4, 1<<20), roaring.BitmapOf(9)
	a.RunOptimize()
	var u Union
	u.Add(a)
	u.Add(b)
	u.Add(c)
	u.AddSet(Set{first: 7, length: 100})
	u.Bitmap()
	if a.GetCardinality() != 3 || b.GetCardinality() != 3 || c.GetCardinality() != 1 {
		t.Error("a bitmap that was added has changed")
	}
}

func sorted(set map[uint32]bool) []uint32 { return slices.Sorted(maps.Keys(set)) }

func members(bits *roaring.Bitmap) []uint32 {
	var all []uint32
	for x := range roaring.Values(bits) {
		all = append(all, x)
	}
	return all
}
