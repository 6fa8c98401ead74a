package memindex

import (
	"strings"
	"sync"
	"sync/atomic"
)

// id stands for a string of one index. 0 is the empty string.
type id uint32

// maxNames leaves the highest bit of an id free, see [directUser].
const maxNames = 1 << 31

const pageSize = 4096

type page [pageSize]string

// names gives every distinct object and user of a store a small number, so
// that a tuple costs bytes and not strings. Names are only ever added: a
// reader of an old snapshot may hold an id for as long as it likes. What
// deletions leave behind goes when the index is rebuilt, see [snapshot.rebuild].
//
// text is safe for concurrent use with everything and takes no lock, as long as
// the id came from a published snapshot or from find. intern has one caller at
// a time.
type names struct {
	pages atomic.Pointer[[]*page]

	mu  sync.RWMutex
	ids map[string]id
}

func newNames() *names {
	n := &names{ids: map[string]id{"": 0}}
	n.pages.Store(&[]*page{new(page)})
	return n
}

func (n *names) text(i id) string {
	return (*n.pages.Load())[i/pageSize][i%pageSize]
}

func (n *names) find(s string) (id, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	i, ok := n.ids[s]
	return i, ok
}

// intern returns the id of s and gives it one if it has none. It fails only
// when the index is full, at 2^31 names.
func (n *names) intern(s string) (id, error) {
	if i, ok := n.find(s); ok {
		return i, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	next := len(n.ids)
	if next >= maxNames {
		return 0, errFull
	}
	i := id(next)
	s = strings.Clone(s)
	n.slot(i, s)
	n.ids[s] = i
	return i, nil
}

// slot writes the text before anybody can learn the id.
func (n *names) slot(i id, s string) {
	pages := *n.pages.Load()
	if int(i/pageSize) == len(pages) {
		grown := append(append(make([]*page, 0, len(pages)+1), pages...), new(page))
		n.pages.Store(&grown)
		pages = grown
	}
	pages[i/pageSize][i%pageSize] = s
}

func (n *names) len() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.ids)
}
