package embedded

import (
	"cmp"
	"slices"

	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// selection is what one search looks at, as rows of a snapshot by rising number.
type selection struct {
	// allowed are the chunks that the access allows: the collection whose
	// statistics keyword ranking uses.
	allowed []uint32
	// candidates are those of them that the metadata filter lets through.
	candidates []uint32
}

// choose finds the rows that a search looks at.
//
// SECURITY: nothing but candidates is ever scored or listed, and nothing but
// allowed counts in a score.
func (s *snapshot) choose(access store.Access, where store.Expr, scratch *choiceMemory) selection {
	allowed := s.allowed(access, scratch)
	if where == nil || len(allowed) == 0 {
		return selection{allowed, allowed}
	}
	return selection{allowed, s.filter(allowed, where)}
}

// choiceMemory is what choosing works in.
type choiceMemory struct {
	numbers []uint32
	marks   marks // empty between searches
}

func (s *snapshot) allowed(access store.Access, scratch *choiceMemory) []uint32 {
	set := access.Documents()
	switch {
	case access.Everything():
		return s.everything()
	case access.Nothing(), set.Numbering() == nil: // without a numbering, ordinals mean nothing
		return nil
	}
	translation := s.columns.translations.of(set.Numbering().Epoch(), len(s.objects))
	scratch.numbers = translation.documents(s, set, scratch.numbers[:0])
	return s.rowsOf(scratch.numbers, access.Route().Way, scratch)
}

// rowsOf lists the rows of documents by rising row. It sorts a few documents,
// and marks the rows of many: so a small set never pays for the whole store, and
// a large one is never sorted.
func (s *snapshot) rowsOf(numbers []uint32, way store.Way, scratch *choiceMemory) []uint32 {
	const wordsPerSort = 32 // to sort one span costs about as much as to pass so many words of marks
	if way != store.Filtered && len(numbers)*wordsPerSort*64 < int(s.rows) {
		return s.sortedRows(numbers)
	}
	if len(scratch.marks)*64 < int(s.rows) {
		scratch.marks = newMarks(s.rows + s.rows/8) // the next snapshots have some more
	}
	n := 0
	for _, number := range numbers {
		span := s.spans.get(number)
		scratch.marks.add(span)
		n += int(span.count)
	}
	return scratch.marks.take(n)
}

func (s *snapshot) sortedRows(numbers []uint32) []uint32 {
	spans, n := make([]span, 0, len(numbers)), 0
	for _, number := range numbers {
		if span := s.spans.get(number); span.count > 0 {
			spans, n = append(spans, span), n+int(span.count)
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	rows := make([]uint32, 0, n)
	for _, span := range spans {
		for row := span.first; row < span.first+span.count; row++ {
			rows = append(rows, row)
		}
	}
	return rows
}

// filter keeps the rows of documents that the expression holds for.
func (s *snapshot) filter(rows []uint32, where store.Expr) []uint32 {
	s.columns.mu.RLock()
	condition := s.columns.facts.compile(where)
	s.columns.mu.RUnlock()
	kept := make([]uint32, 0, len(rows))
	last, holds := noRow, false
	for _, row := range rows {
		if at := s.factsAt[row]; at != last { // the rows of a document share their facts
			last, holds = at, condition.holds(s.facts(at))
		}
		if holds {
			kept = append(kept, row)
		}
	}
	return kept
}

// facts returns the key and value numbers of one document.
func (s *snapshot) facts(at uint32) []uint32 {
	return s.flat[at+1 : at+1+2*s.flat[at]]
}
