package tuples

import (
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawTable draws a table and the same as a map.
func drawTable(t *rapid.T) (*Table, map[uint32]map[uint32]bool) {
	by := new(owner)
	table, want := newTable("", by), map[uint32]map[uint32]bool{}
	sources := rapid.Uint32Range(1, 40).Draw(t, "sources")
	for range rapid.IntRange(0, 200).Draw(t, "steps") {
		source := rapid.Uint32Range(0, sources-1).Draw(t, "source") * rapid.SampledFrom([]uint32{1, 1, 1000}).Draw(t, "stride")
		object := rapid.Uint32Range(0, 60).Draw(t, "object")
		if want[source] == nil {
			want[source] = map[uint32]bool{}
		}
		if rapid.IntRange(0, 4).Draw(t, "remove") == 0 {
			if table.remove(source, object, by) != want[source][object] {
				t.Fatal("remove is wrong about whether it was there")
			}
			delete(want[source], object)
			continue
		}
		if table.add(source, object, by) == want[source][object] {
			t.Fatal("add is wrong about whether it was there")
		}
		want[source][object] = true
	}
	return table, want
}

func TestAJoinIsTheUnionOfTheSetsHoweverWideItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, sets := drawTable(t)
		from, want := roaring.New(), map[uint32]bool{}
		sparse := rapid.IntRange(0, 10).Draw(t, "sparse")
		for source, objects := range sets {
			if rapid.IntRange(0, 9).Draw(t, "reached") < sparse {
				continue
			}
			from.Add(source)
			for object := range objects {
				want[object] = true
			}
		}
		from.Add(7_777) // reached, and nothing is written on it
		var u Union
		table.Join(from, &u)
		if diff := cmp.Diff(sorted(want), members(u.Bitmap())); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestATableCountsTheSubjectsOfEachObject(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, sets := drawTable(t)
		total := 0
		for object := uint32(0); object <= 60; object++ {
			var want []uint32
			for source, objects := range sets {
				if objects[object] {
					want = append(want, source)
				}
			}
			total += len(want)
			found := table.Subjects(object)
			if table.counts.of(object) != len(want) || len(found) != len(want) {
				t.Fatalf("object %d: counted %d, found %v, want %v", object, table.counts.of(object), found, want)
			}
			if table.Objects().Contains(object) != (len(want) > 0) || table.counts.many().Contains(object) != (len(want) > 1) {
				t.Fatalf("object %d with %d subjects: any or many is wrong", object, len(want))
			}
		}
		if table.Len() != total {
			t.Fatalf("length %d, want %d", table.Len(), total)
		}
	})
}

func TestAnEditOfATableLeavesTheOldOneAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, sets := drawTable(t)
		next, by := (*Table)(nil), new(owner)
		next = table.owned(by)
		for range 20 {
			source, object := rapid.Uint32Range(0, 40).Draw(t, "source"), rapid.Uint32Range(0, 60).Draw(t, "object")
			if !next.add(source, object, by) {
				next.remove(source, object, by)
			}
		}
		for source, objects := range sets {
			holds(t, table.Set(source), sorted(objects))
		}
		for source := range table.All() {
			if len(sets[source]) == 0 {
				t.Fatalf("the old table has come to a subject %d", source)
			}
		}
	})
}
