package embedded

import "github.com/eyeshot-dev/eyeshot/internal/store"

// condition is a metadata filter made ready for one snapshot. What a comparison
// means is for [store.Match] alone to say; a condition only sees to it that it
// is asked once for each value, and not once for each document.
type condition interface {
	holds(facts []uint32) bool // facts of one document: key and value numbers in turn
}

type (
	conjunction []condition
	disjunction []condition
	comparison  struct {
		compare store.Compare
		key     uint32
		keyed   bool // some document has the key
		missing bool // what holds where the key is missing
		values  []any
		memo    []verdict // by value number; nil where there are too many values
	}
	nothingHolds struct{}
)

type verdict uint8

const (
	unasked verdict = iota
	holdsNot
	holds
)

// maxMemo bounds what a comparison clears before it starts: beyond it, a key is
// as good as unique, and a memo would not be asked twice for the same value.
const maxMemo = 1 << 16

// compile makes an expression ready. The caller holds the columns' lock.
func (f *facts) compile(expr store.Expr) condition {
	switch e := expr.(type) {
	case store.And:
		return conjunction(f.compileAll(e.Parts))
	case store.Or:
		return disjunction(f.compileAll(e.Parts))
	case store.Compare:
		return f.compileCompare(e)
	case nil:
		return conjunction{}
	}
	return nothingHolds{} // as store.Match has it
}

func (f *facts) compileAll(parts []store.Expr) []condition {
	conditions := make([]condition, len(parts))
	for i, part := range parts {
		conditions[i] = f.compile(part)
	}
	return conditions
}

func (f *facts) compileCompare(compare store.Compare) condition {
	c := &comparison{compare: compare, missing: store.Match(compare, func(string) (any, bool) { return nil, false })}
	c.key, c.keyed = f.keys[compare.Key]
	if c.keyed {
		c.values = f.values[c.key].list
	}
	if len(c.values) <= maxMemo {
		c.memo = make([]verdict, len(c.values))
	}
	return c
}

func (c conjunction) holds(facts []uint32) bool {
	for _, part := range c {
		if !part.holds(facts) {
			return false
		}
	}
	return true
}

func (c disjunction) holds(facts []uint32) bool {
	for _, part := range c {
		if part.holds(facts) {
			return true
		}
	}
	return false
}

func (nothingHolds) holds([]uint32) bool { return false }

func (c *comparison) holds(facts []uint32) bool {
	if !c.keyed {
		return c.missing
	}
	for i := 0; i < len(facts); i += 2 {
		if facts[i] == c.key {
			return c.of(facts[i+1])
		}
	}
	return c.missing
}

func (c *comparison) of(number uint32) bool {
	if c.memo == nil {
		return c.match(number)
	}
	if c.memo[number] == unasked {
		c.memo[number] = holdsNot
		if c.match(number) {
			c.memo[number] = holds
		}
	}
	return c.memo[number] == holds
}

func (c *comparison) match(number uint32) bool {
	return store.Match(c.compare, func(string) (any, bool) { return c.values[number], true })
}
