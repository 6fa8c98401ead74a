package algebra

import (
	"maps"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
)

// Stops says at which types the readers of a document end. The sets of other
// types stand for themselves; those of a document type are replaced by the
// readers that they rest on, since there are as many of them as documents.
type Stops struct{ Documents map[string]bool }

// Readers returns subject sets of which a subject must be in at least one to
// have the relation to the object, whatever conditions turn out to be, sorted.
// It looks one step up: "project:PAY#can_browse", not the groups behind it. Of
// an intersection one operand is enough, and it takes one that is not open to
// everybody; what a subtraction takes away it ignores.
func (v *Version) Readers(object eyeshot.Object, relation string, stops Stops) []eyeshot.Subject {
	r := reader{Version: v, stops: stops, seen: map[place]bool{}}
	return slices.Sorted(maps.Keys(r.relation(place{object, relation})))
}

type subjects map[eyeshot.Subject]bool

type place struct {
	object   eyeshot.Object
	relation string
}

type reader struct {
	*Version
	stops Stops
	seen  map[place]bool
}

func (r *reader) relation(at place) subjects {
	n, known := r.program.index[Ref{at.object.Type(), at.relation}]
	ordinal, numbered := r.state.Numbering().Ordinal(at.object)
	if !known || !numbered || r.seen[at] {
		return nil
	}
	r.seen[at] = true
	defer delete(r.seen, at)
	return r.expr(at.object, ordinal, r.program.nodes[n].expr)
}

func (r *reader) expr(object eyeshot.Object, ordinal uint32, e expr) subjects {
	switch e := e.(type) {
	case direct:
		return r.written(e.slot, e.condition, ordinal)
	case *join:
		return r.joined(e, ordinal)
	case same:
		return r.relation(place{object, r.program.nodes[e.node].ref.Relation})
	case fixed:
		return r.expr(object, ordinal, e.expr)
	case *diff:
		return r.expr(object, ordinal, e.base)
	case union:
		all := subjects{}
		for _, kid := range e.kids {
			maps.Copy(all, r.expr(object, ordinal, kid))
		}
		return all
	case inter:
		return r.narrowest(object, ordinal, e.kids)
	}
	return nil
}

// written returns the subjects of a slot that are written on the object.
func (r *reader) written(slot tuples.Slot, condition string, ordinal uint32) subjects {
	found := subjects{}
	for _, source := range r.state.Table(slot, condition).Subjects(ordinal) {
		found[r.state.Subject(slot, source)] = true
	}
	return found
}

// joined returns, for each subject that the object hangs on, the set of those
// who reach the object through it.
func (r *reader) joined(j *join, ordinal uint32) subjects {
	found := subjects{}
	from := r.program.nodes[j.from].ref
	for _, source := range r.state.Table(j.slot, j.condition).Subjects(ordinal) {
		parent, _ := r.state.Numbering().Object(from.Type, source)
		if r.stops.Documents[from.Type] {
			maps.Copy(found, r.relation(place{parent, from.Relation}))
		} else {
			found[eyeshot.Subject(string(parent)+"#"+from.Relation)] = true
		}
	}
	return found
}

// narrowest returns the readers of one operand of an intersection: one without
// a wildcard before others, then one with few readers.
func (r *reader) narrowest(object eyeshot.Object, ordinal uint32, kids []expr) subjects {
	var best subjects
	for i, kid := range kids {
		found := r.expr(object, ordinal, kid)
		if i == 0 || found.breadth() < best.breadth() {
			best = found
		}
	}
	return best
}

// breadth orders sets of readers: each wildcard outweighs any number of others.
func (s subjects) breadth() int {
	const everybody = 1 << 32
	breadth := len(s)
	for subject := range s {
		if strings.HasSuffix(string(subject), ":*") {
			breadth += everybody
		}
	}
	return breadth
}

// Memberships returns every subject set that [Version.Readers] of any document
// may hold and that the subject is in, or would be if conditions were met; the
// subject itself and its wildcard among them. They are sorted.
func (v *Version) Memberships(subject eyeshot.Subject, stops Stops) []eyeshot.Subject {
	e, ok := v.evaluate(subject)
	if !ok {
		return nil
	}
	found := subjects{subject: true}
	if e.subject.Relation == "" {
		found[eyeshot.Subject(e.subject.Type+":*")] = true
	}
	for _, n := range v.program.containers(stops) {
		ref := v.program.nodes[n].ref
		for ordinal := range roaring.Values(e.node(n, upperSide)) {
			object, _ := v.state.Numbering().Object(ref.Type, ordinal)
			found[eyeshot.Subject(string(object)+"#"+ref.Relation)] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// containers lists the nodes whose sets stand among readers: those that a
// document's relations join over, and are not documents themselves.
func (p *Program) containers(stops Stops) []int {
	var found []int
	for _, node := range p.nodes {
		if len(stops.Documents) > 0 && !stops.Documents[node.ref.Type] {
			continue
		}
		walk(node.expr, func(e expr) {
			j, ok := e.(*join)
			if ok && !stops.Documents[p.nodes[j.from].ref.Type] && !slices.Contains(found, j.from) {
				found = append(found, j.from)
			}
		})
	}
	return found
}
