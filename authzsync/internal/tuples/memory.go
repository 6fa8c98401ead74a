package tuples

import "unsafe"

// Memory is what a state holds, in bytes: the sets with the tables around them,
// and the objects' ids with the way from id to ordinal and back. What two
// states share counts in both.
type Memory struct{ Sets, IDs int }

// Memory measures the state. It goes through all sets.
func (s *State) Memory() Memory {
	var m Memory
	for _, family := range s.families {
		for _, table := range family {
			m.Sets += table.bytes()
		}
	}
	for _, typ := range s.numbering.Types() {
		m.IDs += s.numbering.Stats(typ).Bytes
	}
	return m
}

func (t *Table) bytes() int {
	n := int(unsafe.Sizeof(*t)) + bytesOf(t.sources.bits) + t.sets.bytes()
	for _, slice := range t.counts {
		n += int(unsafe.Sizeof(slice)) + bytesOf(slice.bits)
	}
	for _, set := range t.All() {
		n += set.bytes()
	}
	return n
}

// bytes is what the nodes take, with the elements in them.
func (v vec[T]) bytes() int {
	if v.root == nil {
		return 0
	}
	return v.root.bytes()
}

func (n *node[T]) bytes() int {
	var zero T
	total := int(unsafe.Sizeof(*n)) + cap(n.kids)*8 + cap(n.items)*int(unsafe.Sizeof(zero))
	for _, kid := range n.kids {
		if kid != nil {
			total += kid.bytes()
		}
	}
	return total
}
