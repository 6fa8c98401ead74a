package tuples

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot/authzsync/internal/numbering"
)

var errCorrupt = errors.New("the encoded state is corrupt")

// Decode reads what [State.Encode] wrote, into a numbering of its own. It
// believes nothing: whatever doesn't fit is an error.
func Decode(data []byte) (*State, error) {
	n, err := numbering.New()
	if err != nil {
		return nil, err
	}
	d := &decoder{data: data, state: Empty(n), by: new(owner)}
	for range d.size() {
		d.objects(d.text(), d.size())
	}
	for range d.size() {
		d.table()
	}
	if d.err == nil && len(d.data) > 0 {
		d.err = errCorrupt
	}
	if d.err != nil {
		return nil, fmt.Errorf("decode a state: %w", d.err)
	}
	return d.state, nil
}

// decoder reads until the first error, and from then on zeros.
type decoder struct {
	data  []byte
	state *State
	by    *owner
	err   error
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.data = nil
}

func (d *decoder) number() int {
	x, n := binary.Uvarint(d.data)
	if n <= 0 || x > 1<<40 {
		d.fail(errCorrupt)
		return 0
	}
	d.data = d.data[n:]
	return int(x)
}

// size reads how many bytes or elements follow: no more than there are bytes.
func (d *decoder) size() int {
	n := d.number()
	if n > len(d.data) {
		d.fail(errCorrupt)
		return 0
	}
	return n
}

func (d *decoder) bytes() []byte {
	n := d.size()
	taken := d.data[:n]
	d.data = d.data[n:]
	return taken
}

func (d *decoder) text() string { return string(d.bytes()) }

// objects numbers a type's objects in the order in which they stand.
func (d *decoder) objects(typ string, n int) {
	for want := range n {
		id := d.text()
		if d.err != nil {
			return
		}
		ordinal, err := d.state.numbering.Number(typ, id, numbering.Container{})
		if err != nil {
			d.fail(err)
		} else if int(ordinal) != want {
			d.fail(errCorrupt) // an id that stands there twice
		}
	}
}

func (d *decoder) table() {
	slot := Slot{Type: d.text(), Relation: d.text(), SubjectType: d.text(), SubjectRelation: d.text()}
	condition := d.text()
	slot.Wildcard = d.number() == 1
	subjects, objects := d.count(slot.SubjectType), d.count(slot.Type)
	if slot.Wildcard {
		subjects = 1
	}
	b := tableBuilder{table: newTable(condition, d.by)}
	for range d.size() {
		source, members := d.number(), d.set(objects)
		if d.err != nil {
			return
		}
		if source >= subjects || b.table.Set(uint32(source)).Len() > 0 {
			d.fail(errCorrupt)
			return
		}
		b.add(uint32(source), members)
	}
	if d.state.families[slot].table(condition) != nil {
		d.fail(errCorrupt)
	}
	if d.err == nil && len(b.sources) > 0 {
		table := b.done()
		d.state.families[slot] = append(d.state.families[slot], table)
		d.state.tuples += table.Len()
	}
}

func (d *decoder) count(typ string) int { return d.state.numbering.Stats(typ).Objects }

// set reads a set as its members: rising, distinct, not empty and below limit.
func (d *decoder) set(limit int) []uint32 {
	var members []uint32
	switch d.number() {
	case kindRun:
		first, length := d.number(), d.number()
		if first+length > limit {
			d.fail(errCorrupt)
			return nil
		}
		for i := range length {
			members = append(members, uint32(first+i))
		}
	case kindList:
		for range d.size() {
			members = append(members, uint32(d.number()))
			if d.err != nil {
				return nil
			}
		}
	case kindBits:
		members = d.bits()
	default:
		d.fail(errCorrupt)
	}
	rising := true
	for i := 1; i < len(members); i++ {
		rising = rising && members[i-1] < members[i]
	}
	if len(members) == 0 || !rising || int(members[len(members)-1]) >= limit {
		d.fail(errCorrupt)
	}
	return members
}

func (d *decoder) bits() []uint32 {
	bits := roaring.New()
	if err := bits.UnmarshalBinary(d.bytes()); err != nil {
		d.fail(fmt.Errorf("%w: %w", errCorrupt, err))
		return nil
	}
	if err := bits.Validate(); err != nil {
		d.fail(fmt.Errorf("%w: %w", errCorrupt, err))
		return nil
	}
	return bits.ToArray()
}
