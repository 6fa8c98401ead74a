package embedded

import "slices"

// Dead rows cost memory and, in postings, time. They are dropped when there are
// enough of them to be worth it, and more than a quarter of all: so each row is
// copied a few times in its life at most.
const (
	fewDeadRows  = 1024
	deadFraction = 4
)

func (s *snapshot) worthCompacting() bool {
	dead := int(s.rows) - s.live
	return dead > fewDeadRows && dead*deadFraction > int(s.rows)
}

// noRow marks a row that is not carried over.
const noRow = ^uint32(0)

// compact returns the same state in new columns without dead rows and deleted
// documents. The old columns live on for the searches that still use them.
func (s *snapshot) compact() *snapshot {
	old := s.columns // no lock: only the writer appends, and this is the writer
	fresh := newColumns(old.tokenizer, s.dimension)
	spans := pages{}.edit()
	moved := make([]uint32, s.rows) // old row → new row
	for row := range moved {
		moved[row] = noRow
	}
	rows := s.everything()
	for i := 0; i < len(rows); {
		number := s.documents[rows[i]]
		span := s.spans.get(number)
		spans.set(fresh.number(s.objects[number]), fresh.carry(s, span, moved))
		i += int(span.count)
	}
	fresh.carryTerms(old, moved)
	return newSnapshot(fresh, spans.done(), s.live)
}

// carry copies the rows of one document, all but its terms.
func (c *columns) carry(s *snapshot, from span, moved []uint32) span {
	to := span{first: uint32(c.matrix.rows), count: from.count}
	number, facts := uint32(len(c.objects)-1), c.facts.carry(&s.columns.facts, s.factsAt[from.first])
	for i := range from.count {
		old := from.first + i
		moved[old] = to.first + i
		c.matrix.append(row(s.blocks, s.dimension, old))
		c.documents = append(c.documents, number)
		c.lengths = append(c.lengths, s.lengths[old])
		c.chunks = append(c.chunks, s.chunks[old])
		c.factsAt = append(c.factsAt, facts)
	}
	return to
}

// carry copies one document's facts, values that are no longer used left behind.
func (f *facts) carry(old *facts, at uint32) uint32 {
	to := len(f.flat)
	f.flat = append(f.flat, 0)
	for i := range old.flat[at] {
		key, value := old.flat[at+1+2*i], old.flat[at+2+2*i]
		f.addFact(to, old.names[key], old.values[key].list[value])
	}
	return uint32(to)
}

// carryTerms copies the postings of the rows that were moved. Rows keep their
// order, so postings keep theirs.
func (c *columns) carryTerms(old *columns, moved []uint32) {
	for term := range old.lexicon.terms {
		from := old.lexicon.of(term, uint32(len(moved)))
		if !slices.ContainsFunc(from.list, func(p posting) bool { return moved[p.row()] != noRow }) {
			continue
		}
		to := c.lexicon.add(term)
		for _, entry := range from.list {
			if row := moved[entry.row()]; row != noRow {
				c.lexicon.post(to, row, from.times(entry))
			}
		}
	}
}
