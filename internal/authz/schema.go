package authz

// Model is an authorization model as OpenFGA holds it (schema 1.1 and 1.2),
// reduced to what deciding who reaches what takes. It is immutable: OpenFGA
// never changes a model, it gives the new one a new id.
type Model struct {
	ID         string
	Types      map[string]*Type
	Conditions map[string]*Condition
}

// Condition is a condition of a model: its name and the type of each of its
// parameters, "TYPE_NAME_TIMESTAMP" and so on as OpenFGA names them. What its
// expression says is OpenFGA's business alone; it is here to tell two models
// apart.
type Condition struct {
	Name       string
	Parameters map[string]string
	Expression string
}

// Type is one type definition.
type Type struct {
	Name      string
	Relations map[string]*Relation
}

// Relation is one relation of a type: how it is computed, and which subjects
// may be written on it directly.
type Relation struct {
	Name    string
	Rewrite Rewrite
	Direct  []Restriction
}

// Restriction is one of a relation's directly related user types: "user"
// (Relation and Wildcard unset), "user:*" (Wildcard) or "group#member"
// (Relation), each possibly under a condition.
type Restriction struct {
	Type      string
	Relation  string
	Wildcard  bool
	Condition string
}

// Rewrite is a node of the algebra that computes a relation. Its kinds are
// [This], [Computed], [TupleToUserset], [Union], [Intersection] and
// [Difference]: the set is closed, as OpenFGA's is.
type Rewrite interface{ rewrite() }

type (
	// This is whoever is written on the relation directly.
	This struct{}
	// Computed is another relation of the same object.
	Computed struct{ Relation string }
	// TupleToUserset is Computed.Relation of every object that is written on
	// Tupleset of this one ("viewer from parent").
	TupleToUserset struct{ Tupleset, Computed string }
	// Union is anybody in at least one child.
	Union struct{ Children []Rewrite }
	// Intersection is anybody in all children.
	Intersection struct{ Children []Rewrite }
	// Difference is anybody in Base who is not in Subtract ("a but not b").
	Difference struct{ Base, Subtract Rewrite }
)

func (This) rewrite()           {}
func (Computed) rewrite()       {}
func (TupleToUserset) rewrite() {}
func (Union) rewrite()          {}
func (Intersection) rewrite()   {}
func (Difference) rewrite()     {}
