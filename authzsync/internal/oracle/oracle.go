// Package oracle answers checks the naive way, one object at a time, straight
// from the definition of OpenFGA's rewrites. Tests hold the permission index to
// it, beside OpenFGA itself. It is slow, has no index and shares no code with
// what it judges; no production package imports it.
package oracle

import (
	"strings"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Oracle holds a model and the relationships of a store.
type Oracle struct {
	Model *authz.Model
	// Holds decides the conditions: whether the one of a relationship is met.
	Holds func(eyeshot.Relationship) bool
	// GaveUp counts how often a check came back to where it was: 0 says that the
	// tuples have no cycle, as far as anybody asked.
	GaveUp int
	tuples map[eyeshot.Object]map[string]map[eyeshot.Subject]eyeshot.Relationship
}

// New returns an oracle in whose world no condition is met.
func New(model *authz.Model) *Oracle {
	return &Oracle{
		Model:  model,
		Holds:  func(eyeshot.Relationship) bool { return false },
		tuples: map[eyeshot.Object]map[string]map[eyeshot.Subject]eyeshot.Relationship{},
	}
}

// Write adds a relationship, or replaces the one of the same key.
func (o *Oracle) Write(r eyeshot.Relationship) {
	if o.tuples[r.Object] == nil {
		o.tuples[r.Object] = map[string]map[eyeshot.Subject]eyeshot.Relationship{}
	}
	if o.tuples[r.Object][r.Relation] == nil {
		o.tuples[r.Object][r.Relation] = map[eyeshot.Subject]eyeshot.Relationship{}
	}
	o.tuples[r.Object][r.Relation][r.Subject] = r
}

// Delete takes a relationship away.
func (o *Oracle) Delete(key eyeshot.RelationshipKey) {
	delete(o.tuples[key.Object][key.Relation], key.Subject)
}

// All returns every relationship by its key.
func (o *Oracle) All() map[eyeshot.RelationshipKey]eyeshot.Relationship {
	all := map[eyeshot.RelationshipKey]eyeshot.Relationship{}
	for _, relations := range o.tuples {
		for _, subjects := range relations {
			for _, r := range subjects {
				all[r.Key()] = r
			}
		}
	}
	return all
}

// Check answers whether the subject has the relation to the object.
func (o *Oracle) Check(subject eyeshot.Subject, relation string, object eyeshot.Object) bool {
	c := check{Oracle: o, subject: subject, path: map[place]bool{}}
	return c.relation(object, relation) == yes
}

// answer is what one step of a check finds. A search that comes back to where
// it is gives up there: that is no "no" to build a subtraction on (OpenFGA
// calls it a detected cycle).
type answer int

const (
	no answer = iota
	gaveUp
	yes
)

type place struct {
	object   eyeshot.Object
	relation string
}

type check struct {
	*Oracle
	subject eyeshot.Subject
	path    map[place]bool
}

func (c *check) relation(object eyeshot.Object, relation string) answer {
	at := place{object, relation}
	if c.path[at] {
		c.GaveUp++
		return gaveUp
	}
	if eyeshot.Subject(string(object)+"#"+relation) == c.subject {
		return yes
	}
	typ := c.Model.Types[object.Type()]
	if typ == nil || typ.Relations[relation] == nil {
		return no
	}
	c.path[at] = true
	defer delete(c.path, at)
	return c.rewrite(at, typ.Relations[relation].Rewrite)
}

func (c *check) rewrite(at place, rewrite authz.Rewrite) answer {
	switch r := rewrite.(type) {
	case authz.This:
		return c.direct(at)
	case authz.Computed:
		return c.relation(at.object, r.Relation)
	case authz.TupleToUserset:
		return c.parents(at, r)
	case authz.Union:
		found := no
		for _, child := range r.Children {
			found = max(found, c.rewrite(at, child))
		}
		return found
	case authz.Intersection:
		found := yes
		for _, child := range r.Children {
			found = min(found, c.rewrite(at, child))
		}
		return found
	case authz.Difference:
		base, subtract := c.rewrite(at, r.Base), c.rewrite(at, r.Subtract)
		switch {
		case base == yes && subtract == no:
			return yes
		case base == gaveUp || subtract == gaveUp:
			return gaveUp
		}
	}
	return no
}

// direct looks at every tuple on the relation: the subject itself, the wildcard
// of its type, and the sets that it may be in.
func (c *check) direct(at place) answer {
	found := no
	for subject, r := range c.tuples[at.object][at.relation] {
		switch {
		case !c.counts(r):
		case subject == c.subject, c.matchesWildcard(subject):
			return yes
		case subject.Relation() != "":
			found = max(found, c.relation(subject.Object(), subject.Relation()))
		}
	}
	return found
}

func (c *check) matchesWildcard(subject eyeshot.Subject) bool {
	return subject.IsWildcard() && c.subject.Relation() == "" &&
		strings.HasPrefix(string(c.subject), strings.TrimSuffix(string(subject), "*"))
}

func (c *check) parents(at place, r authz.TupleToUserset) answer {
	found := no
	for subject, tuple := range c.tuples[at.object][r.Tupleset] {
		if subject.Relation() == "" && !subject.IsWildcard() && c.counts(tuple) {
			found = max(found, c.relation(subject.Object(), r.Computed))
		}
	}
	return found
}

// counts says whether the model allows a tuple, form and condition, and whether
// its condition is met.
func (c *check) counts(r eyeshot.Relationship) bool {
	want := authz.Restriction{Type: r.Subject.Object().Type(), Relation: r.Subject.Relation(), Wildcard: r.Subject.IsWildcard()}
	if r.Condition != nil {
		want.Condition = r.Condition.Name
	}
	for _, allowed := range c.Model.Types[r.Object.Type()].Relations[r.Relation].Direct {
		if allowed == want {
			return r.Condition == nil || c.Holds(r)
		}
	}
	return false
}

// Has reports whether a relationship is there.
func (o *Oracle) Has(key eyeshot.RelationshipKey) bool {
	_, there := o.tuples[key.Object][key.Relation][key.Subject]
	return there
}
