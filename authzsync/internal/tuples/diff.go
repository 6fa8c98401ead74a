package tuples

import (
	"iter"

	"github.com/eyeshot-dev/eyeshot"
)

// Missing yields what s holds and other does not, or holds under another
// condition. Both must share one numbering.
func (s *State) Missing(other *State) iter.Seq[eyeshot.Relationship] {
	return func(yield func(eyeshot.Relationship) bool) {
		for slot, table := range s.Slots() {
			like := other.families[slot].table(table.condition)
			for source, set := range table.All() {
				theirs := like.Set(source)
				if set == theirs {
					continue
				}
				for object := range set.All() {
					if !theirs.Contains(object) && !yield(s.relationship(slot, table, source, object)) {
						return
					}
				}
			}
		}
	}
}
