package tuples

// vec is a persistent array: set returns a new one that shares all but the path
// to the element, log64(n) nodes of 64 entries. Elements that were never set
// are the zero T. Nodes made under an owner are changed in place by that owner
// alone, which makes a batch of writes cost one copy of each node, not many.
type vec[T any] struct {
	root   *node[T]
	height uint // of the root; a leaf has height 0
}

const (
	fanBits = 6
	fanOut  = 1 << fanBits
)

type node[T any] struct {
	owner *owner
	kids  []*node[T] // of an inner node
	items []T        // of a leaf
}

// owner is the identity of one edit.
type owner struct{ _ byte }

func newNode[T any](height uint, by *owner) *node[T] {
	if height == 0 {
		return &node[T]{owner: by, items: make([]T, fanOut)}
	}
	return &node[T]{owner: by, kids: make([]*node[T], fanOut)}
}

// at returns the element at i.
func (v vec[T]) at(i uint32) T {
	leaf := v.leaf(i)
	if leaf == nil {
		var zero T
		return zero
	}
	return leaf[i&(fanOut-1)]
}

// leaf returns the 64 elements around i, or nil where none was ever set.
func (v vec[T]) leaf(i uint32) []T {
	if v.root == nil || uint64(i)>>(fanBits*(v.height+1)) != 0 {
		return nil
	}
	n := v.root
	for h := v.height; h > 0; h-- {
		if n = n.kids[i>>(fanBits*h)&(fanOut-1)]; n == nil {
			return nil
		}
	}
	return n.items
}

// set returns a vec with x at i.
func (v vec[T]) set(i uint32, x T, by *owner) vec[T] {
	if v.root == nil {
		v.root = newNode[T](0, by)
	}
	for uint64(i)>>(fanBits*(v.height+1)) != 0 {
		v.height++
		root := newNode[T](v.height, by)
		root.kids[0] = v.root
		v.root = root
	}
	v.root = v.root.set(i, v.height, x, by)
	return v
}

func (n *node[T]) set(i uint32, height uint, x T, by *owner) *node[T] {
	n = n.owned(by)
	if height == 0 {
		n.items[i&(fanOut-1)] = x
		return n
	}
	at := i >> (fanBits * height) & (fanOut - 1)
	kid := n.kids[at]
	if kid == nil {
		kid = newNode[T](height-1, by)
	}
	n.kids[at] = kid.set(i, height-1, x, by)
	return n
}

// owned returns a node that by may change: n itself, or a copy.
func (n *node[T]) owned(by *owner) *node[T] {
	if n.owner == by {
		return n
	}
	return &node[T]{
		owner: by,
		kids:  append([]*node[T](nil), n.kids...),
		items: append([]T(nil), n.items...),
	}
}
