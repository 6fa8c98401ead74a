package memindex

import (
	"container/heap"
	"math"
	"sort"

	"github.com/tidwall/btree"
)

// cursor walks tuples of a snapshot. It belongs to one goroutine at a time and
// holds nothing that would have to be released.
type cursor interface {
	// next returns the next tuple and the table that it is in, or false.
	next() (*table, edge, bool)
}

// rangeCursor walks the edges with from <= key < to.
type rangeCursor struct {
	table *table
	it    btree.IterG[edge]
	from  uint64
	to    uint64
	begun bool
}

func (t *table) scan(from, to uint64) *rangeCursor {
	return &rangeCursor{table: t, it: t.edges.Iter(), from: from, to: to}
}

// object walks the edges of one object, or only its usersets, which come first.
func (t *table) object(object id, usersets bool) cursor {
	if usersets {
		return t.scan(edgeKey(object, 0), edgeKey(object, directUser))
	}
	return t.scan(edgeKey(object, 0), edgeKey(object+1, 0))
}

// all walks the whole table, or all usersets in it.
func (t *table) all(usersets bool) cursor {
	c := t.scan(0, math.MaxUint64)
	if !usersets {
		return c
	}
	return filtered{c, func(_ *table, e edge) bool { return e.userset() }}
}

func (c *rangeCursor) next() (*table, edge, bool) {
	ok := false
	if c.begun {
		ok = c.it.Next()
	} else {
		c.begun = true
		ok = c.it.Seek(edge{key: c.from})
	}
	if !ok || c.it.Item().key >= c.to {
		return nil, edge{}, false
	}
	return c.table, c.it.Item(), true
}

// backCursor walks the tuples of one user in the order of their objects. Where
// wanted is set, it walks only those whose object's id is in it, and leaps over
// whatever either side does not have.
type backCursor struct {
	table  *table
	it     btree.IterG[backEdge]
	user   id
	valid  bool
	wanted []string // sorted ids without their type
	choosy bool
}

func (t *table) startingWith(user id, wanted []string, choosy bool) *backCursor {
	c := &backCursor{table: t, it: t.back.Iter(), user: user, wanted: wanted, choosy: choosy}
	c.valid = c.it.Seek(backEdge{user: user})
	return c
}

func (c *backCursor) next() (*table, edge, bool) {
	for c.valid && c.it.Item().user == c.user {
		object := c.it.Item().object
		if !c.choosy || c.leap(object) {
			c.valid = c.it.Next()
			e, ok := c.table.find(object, c.user)
			return c.table, e, ok
		}
	}
	return nil, edge{}, false
}

// leap reports whether the object is wanted, and if not moves to where the next
// wanted one would be.
func (c *backCursor) leap(object id) bool {
	local := c.table.names.text(object)[len(c.table.of.objectType)+1:]
	c.wanted = c.wanted[sort.SearchStrings(c.wanted, local):]
	for len(c.wanted) > 0 && c.wanted[0] != local {
		next, known := c.table.names.find(c.table.of.objectType + ":" + c.wanted[0])
		if known {
			c.valid = c.it.Seek(backEdge{user: c.user, object: next})
			return false
		}
		c.wanted = c.wanted[1:]
	}
	if len(c.wanted) == 0 {
		c.valid = false
		return false
	}
	return true
}

// mergeCursor walks several users' tuples in the order of their objects.
type mergeCursor []merged

type merged struct {
	cursor *backCursor
	edge   edge
	object string
}

func merge(cursors []*backCursor) cursor {
	if len(cursors) == 1 {
		return cursors[0]
	}
	m := make(mergeCursor, 0, len(cursors))
	for _, c := range cursors {
		if next, ok := advance(c); ok {
			m = append(m, next)
		}
	}
	heap.Init(&m)
	return &m
}

func advance(c *backCursor) (merged, bool) {
	t, e, ok := c.next()
	if !ok {
		return merged{}, false
	}
	return merged{cursor: c, edge: e, object: t.names.text(e.object())}, true
}

func (m *mergeCursor) next() (*table, edge, bool) {
	if len(*m) == 0 {
		return nil, edge{}, false
	}
	first := (*m)[0]
	if next, ok := advance(first.cursor); ok {
		(*m)[0] = next
		heap.Fix(m, 0)
	} else {
		heap.Pop(m)
	}
	return first.cursor.table, first.edge, true
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (m mergeCursor) Len() int           { return len(m) }
func (m mergeCursor) Less(i, j int) bool { return m[i].object < m[j].object }
func (m mergeCursor) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }
func (m *mergeCursor) Push(x any)        { *m = append(*m, x.(merged)) }

func (m *mergeCursor) Pop() any {
	last := (*m)[len(*m)-1]
	*m = (*m)[:len(*m)-1]
	return last
}

// chain walks one cursor after the other.
type chain []cursor

func (c *chain) next() (*table, edge, bool) {
	for len(*c) > 0 {
		if t, e, ok := (*c)[0].next(); ok {
			return t, e, true
		}
		*c = (*c)[1:]
	}
	return nil, edge{}, false
}

// filtered walks the tuples that keep says yes to.
type filtered struct {
	cursor cursor
	keep   func(*table, edge) bool
}

func (c filtered) next() (*table, edge, bool) {
	for {
		t, e, ok := c.cursor.next()
		if !ok || c.keep(t, e) {
			return t, e, ok
		}
	}
}
