package store

// Expr is a metadata filter: an [And], an [Or] or a [Compare]. It is data that
// every store translates to its own language; package filters parses and
// validates it, and [Match] says what it means.
type Expr interface{ expr() }

type (
	// And holds where all of its parts hold; without parts it holds everywhere.
	And struct{ Parts []Expr }
	// Or holds where one of its parts holds; without parts it holds nowhere.
	Or struct{ Parts []Expr }
	// Compare holds one metadata key against a value.
	Compare struct {
		Key   string
		Op    Op
		Value any // string, float64 or bool; []any of these for In and Nin
	}
)

func (And) expr()     {}
func (Or) expr()      {}
func (Compare) expr() {}

// Op is a comparison operator.
type Op string

// The operators. Eq, Ne, In and Nin take any value; on a list of strings Eq
// and In ask whether the list contains it. Gt, Gte, Lt and Lte compare numbers
// with numbers and strings with strings (RFC 3339 times in UTC sort as times)
// and do not hold across kinds. On a missing key Ne and Nin hold, the others
// do not: Ne is always the negation of Eq, and Nin of In.
const (
	Eq  Op = "eq"
	Ne  Op = "ne"
	Gt  Op = "gt"
	Gte Op = "gte"
	Lt  Op = "lt"
	Lte Op = "lte"
	In  Op = "in"
	Nin Op = "nin"
)

// Keys that every document has beside its own metadata, which can't override
// them; see [Record.Value].
const (
	KeyType      = "type"
	KeySource    = "source"
	KeyUpdatedAt = "updated_at"
)

// Match says whether the filter holds for a document: get returns the value of
// a key, which is string, float64, bool or []string, and whether it is there.
func Match(expr Expr, get func(key string) (any, bool)) bool {
	switch e := expr.(type) {
	case nil:
		return true
	case And:
		for _, part := range e.Parts {
			if !Match(part, get) {
				return false
			}
		}
		return true
	case Or:
		for _, part := range e.Parts {
			if Match(part, get) {
				return true
			}
		}
		return false
	case Compare:
		return e.match(get)
	}
	return false
}

func (c Compare) match(get func(string) (any, bool)) bool {
	value, found := get(c.Key)
	switch c.Op {
	case Eq:
		return found && equal(value, c.Value)
	case Ne:
		return !found || !equal(value, c.Value)
	case In:
		return found && isIn(value, c.Value)
	case Nin:
		return !found || !isIn(value, c.Value)
	}
	order, comparable := compare(value, c.Value)
	if !found || !comparable {
		return false
	}
	switch c.Op {
	case Gt:
		return order > 0
	case Gte:
		return order >= 0
	case Lt:
		return order < 0
	case Lte:
		return order <= 0
	}
	return false
}

func equal(have, want any) bool {
	list, isList := have.([]string)
	if !isList {
		return have == want
	}
	for _, member := range list {
		if any(member) == want {
			return true
		}
	}
	return false
}

func isIn(have, want any) bool {
	wants, _ := want.([]any)
	for _, one := range wants {
		if equal(have, one) {
			return true
		}
	}
	return false
}

func compare(have, want any) (order int, ok bool) {
	switch w := want.(type) {
	case float64:
		h, ok := have.(float64)
		return cmpOrdered(h, w), ok
	case string:
		h, ok := have.(string)
		return cmpOrdered(h, w), ok
	}
	return 0, false
}

func cmpOrdered[T float64 | string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
