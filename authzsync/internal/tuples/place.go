package tuples

import "github.com/RoaringBitmap/roaring/v2"

// placeRoots places the objects of a type that hang on nothing, each with all
// that is below it.
func (o *ordering) placeRoots(name string) {
	typ := o.types[name]
	var roots []uint32
	for object := range roaring.Values(typ.live) {
		if typ.home(object) == nil {
			roots = append(roots, object)
		}
	}
	typ.sort(roots)
	for _, root := range roots {
		o.place(member{name, root})
	}
}

// placeRest places what no root leads to: objects that hang on one another in a
// circle, and what hangs on them.
func (o *ordering) placeRest(name string) {
	for object := range roaring.Values(o.types[name].live) {
		o.place(member{name, object})
	}
}

type member struct {
	typ     string
	ordinal uint32
}

// place places an object and, depth first, all whose home it is. The stack is
// its own: a hierarchy may be as deep as it has objects.
func (o *ordering) place(root member) {
	stack := []member{root}
	for len(stack) > 0 {
		m := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		typ := o.types[m.typ]
		if !typ.live.Contains(m.ordinal) || !typ.placed.CheckedAdd(m.ordinal) {
			continue
		}
		o.done[m.typ] = append(o.done[m.typ], m.ordinal)
		for _, c := range typ.below {
			stack = o.pushChildren(stack, c, m.ordinal)
		}
	}
}

// pushChildren puts what has its home at a subject onto the stack, the last first.
func (o *ordering) pushChildren(stack []member, c *column, subject uint32) []member {
	typ := o.types[c.slot.Type]
	var children []uint32
	for _, table := range o.state.families[c.slot] {
		for object := range table.Set(subject).All() {
			if c.parent[object] == subject+1 && typ.home(object) == c && !typ.placed.Contains(object) {
				children = append(children, object)
			}
		}
	}
	typ.sort(children)
	for i := len(children) - 1; i >= 0; i-- {
		stack = append(stack, member{c.slot.Type, children[i]})
	}
	return stack
}
