package tuples

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Encode writes the state. Ordinals must be dense, as [State.Reorder] leaves
// them. All numbers are unsigned varints and all strings carry their length:
//
//	types    { name, objects { id } }             in the order of their ordinals
//	tables   { slot, condition, sets { subject's ordinal, set } }
//	set      kind 0: first, length · 1: n, members · 2: a bitmap in roaring's own format
func (s *State) Encode(w io.Writer) error {
	e := &encoder{w: bufio.NewWriterSize(w, 1<<16)}
	e.numbering(s)
	tables := map[Slot]family{}
	n := 0
	for slot, table := range s.Slots() {
		tables[slot] = append(tables[slot], table)
		n++
	}
	e.number(n)
	for _, slot := range slices.SortedFunc(maps.Keys(tables), Slot.compare) {
		for _, table := range tables[slot] {
			e.table(slot, table)
		}
	}
	if e.err == nil {
		e.err = e.w.Flush()
	}
	return e.err
}

// encoder writes until the first error.
type encoder struct {
	w   *bufio.Writer
	buf [binary.MaxVarintLen64]byte
	err error
}

func (e *encoder) number(n int) {
	if e.err == nil {
		_, e.err = e.w.Write(binary.AppendUvarint(e.buf[:0], uint64(n)))
	}
}

func (e *encoder) text(s string) {
	e.number(len(s))
	if e.err == nil {
		_, e.err = e.w.WriteString(s)
	}
}

func (e *encoder) numbering(s *State) {
	types := slices.Sorted(slices.Values(s.numbering.Types()))
	e.number(len(types))
	for _, typ := range types {
		stats := s.numbering.Stats(typ)
		e.text(typ)
		e.number(stats.Objects)
		for ordinal := range stats.Objects {
			object, ok := s.numbering.Object(typ, uint32(ordinal))
			if !ok && e.err == nil {
				e.err = fmt.Errorf("encode the state: ordinal %d of %s is unused", ordinal, typ)
			}
			e.text(object.ID())
		}
	}
}

func (e *encoder) table(slot Slot, table *Table) {
	for _, s := range []string{slot.Type, slot.Relation, slot.SubjectType, slot.SubjectRelation, table.condition} {
		e.text(s)
	}
	wildcard := 0
	if slot.Wildcard {
		wildcard = 1
	}
	e.number(wildcard)
	e.number(int(table.Sources().GetCardinality()))
	for source, set := range table.All() {
		e.number(int(source))
		e.set(set)
	}
}

const (
	kindRun = iota
	kindList
	kindBits
)

func (e *encoder) set(s Set) {
	switch {
	case s.big == nil:
		e.number(kindRun)
		e.number(int(s.first))
		e.number(int(s.length))
	case s.big.bits == nil:
		e.number(kindList)
		e.number(len(s.big.list))
		for _, member := range s.big.list {
			e.number(int(member))
		}
	default:
		e.number(kindBits)
		e.number(int(s.big.bits.GetSerializedSizeInBytes()))
		if e.err == nil {
			_, e.err = s.big.bits.WriteTo(e.w)
		}
	}
}
