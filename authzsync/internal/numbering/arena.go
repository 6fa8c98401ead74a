package numbering

import (
	"encoding/binary"
	"sync/atomic"
)

const (
	pageBits = 16
	pageSize = 1 << pageBits
	maxPages = 1 << (32 - pageBits)
)

// arena keeps byte strings end to end in pages, each behind its length. What
// was put stays where it is and never changes. A reference is the page's
// number and the offset in it; 0 refers to nothing. Readers may hold a list of
// pages that is older than the arena: whatever they have a reference to is in it.
type arena struct {
	pages atomic.Pointer[[][]byte]
	used  int // of the last page
}

func (a *arena) get(ref uint32) []byte {
	page := (*a.pages.Load())[ref>>pageBits]
	at := page[ref&(pageSize-1):]
	length, n := binary.Uvarint(at)
	return at[n : n+int(length)]
}

// put copies s into the arena; it reports false when the arena is full or s is
// longer than a page.
func (a *arena) put(s string) (uint32, bool) {
	need := len(s) + binary.MaxVarintLen16
	if need >= pageSize {
		return 0, false
	}
	pages := a.list()
	if len(pages) == 0 || a.used+need > pageSize {
		if len(pages) == maxPages {
			return 0, false
		}
		pages = append(pages, make([]byte, pageSize))
		a.pages.Store(&pages)
		a.used = 0
		if len(pages) == 1 {
			a.used = 1 // so that no reference is 0
		}
	}
	page := pages[len(pages)-1]
	ref := uint32((len(pages)-1)<<pageBits | a.used)
	a.used += binary.PutUvarint(page[a.used:], uint64(len(s)))
	a.used += copy(page[a.used:], s)
	return ref, true
}

func (a *arena) list() [][]byte {
	if pages := a.pages.Load(); pages != nil {
		return *pages
	}
	return nil
}

func (a *arena) bytes() int { return len(a.list()) * (pageSize + 24) }
