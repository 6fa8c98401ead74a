package embedded

import "slices"

// span is where the chunks of one document lie: rows first to first+count-1, in
// the order of their numbers. The zero span is a document without chunks, or
// one that was deleted.
type span struct{ first, count uint32 }

const pageSpans = 512

type page [pageSpans]span

// pages maps document numbers to spans. It is immutable: an edit shares all
// pages that it does not touch. So a search keeps the state that it began with
// at no cost, and a write costs no more than the pages that it touches.
type pages struct{ list []*page }

// get returns the span of a document; a number beyond the end has none.
func (p pages) get(number uint32) span {
	if at := int(number / pageSpans); at < len(p.list) {
		return p.list[at][number%pageSpans]
	}
	return span{}
}

// each calls visit with every span that has rows.
func (p pages) each(visit func(number uint32, s span)) {
	for i, page := range p.list {
		for j, s := range page {
			if s.count > 0 {
				visit(uint32(i*pageSpans+j), s)
			}
		}
	}
}

// pagesEdit is a new version of pages in the making.
type pagesEdit struct {
	list  []*page
	owned map[int]bool // pages that this edit may write to
}

func (p pages) edit() *pagesEdit {
	return &pagesEdit{list: slices.Clone(p.list), owned: map[int]bool{}}
}

func (e *pagesEdit) get(number uint32) span { return pages{e.list}.get(number) }

func (e *pagesEdit) set(number uint32, s span) {
	at := int(number / pageSpans)
	for len(e.list) <= at {
		e.owned[len(e.list)] = true
		e.list = append(e.list, new(page))
	}
	if !e.owned[at] {
		copied := *e.list[at]
		e.list[at], e.owned[at] = &copied, true
	}
	e.list[at][number%pageSpans] = s
}

// done ends the edit, which must not be used again.
func (e *pagesEdit) done() pages { return pages{e.list} }
