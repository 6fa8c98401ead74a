package tuples

import (
	"testing"

	"pgregory.net/rapid"
)

func TestAVecKeepsEveryVersion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v vec[int]
		want := map[uint32]int{}
		type version struct {
			v    vec[int]
			want map[uint32]int
		}
		var past []version
		by := new(owner)
		index := rapid.OneOf(rapid.Uint32Range(0, 200), rapid.Uint32())
		for step := range rapid.IntRange(0, 60).Draw(t, "steps") {
			i := index.Draw(t, "i")
			v = v.set(i, step+1, by)
			want[i] = step + 1
			if rapid.IntRange(0, 5).Draw(t, "edit ends") == 0 {
				copied := map[uint32]int{}
				for i, x := range want {
					copied[i] = x
				}
				past = append(past, version{v, copied})
				by = new(owner)
			}
		}
		past = append(past, version{v, want})
		for _, version := range past {
			for i := range want {
				if got := version.v.at(i); got != version.want[i] {
					t.Fatalf("at %d: %d, want %d", i, got, version.want[i])
				}
			}
			if version.v.at(201) != version.want[201] {
				t.Fatal("an element that was never set")
			}
		}
	})
}
