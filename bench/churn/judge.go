package churn

import (
	"slices"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/filters"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// window is the moments that an operation of one principal saw: from the last
// change that was done when it began to the last that had begun when it ended.
type window struct {
	*history
	model     *authz.Model
	policy    filters.Policy
	principal eyeshot.Principal
	from, to  int
	judges    map[judgeKey]*judge
}

type judgeKey struct {
	at      int
	subject eyeshot.Subject
}

// ever says whether there was a moment at which the principal could read this
// version of the document. The caller holds the history's lock for reading.
func (w *window) ever(object eyeshot.Object, version int) bool {
	for at := w.from; at <= w.to; at++ {
		if valueAt(w.texts[object], at) == version && w.readable(object, at) {
			return true
		}
	}
	return false
}

// always says whether at every moment the document had a text and the
// principal could read it.
func (w *window) always(object eyeshot.Object) bool {
	for at := w.from; at <= w.to; at++ {
		if valueAt(w.texts[object], at) == absent || !w.readable(object, at) {
			return false
		}
	}
	return true
}

// since finds the moment at which the document became what always says.
func (w *window) since(object eyeshot.Object) time.Time {
	const farBack = 5000
	at := w.from
	for ; at > max(1, w.from-farBack); at-- {
		if valueAt(w.texts[object], at-1) == absent || !w.readable(object, at-1) {
			break
		}
	}
	return w.ends[max(at-1, 0)]
}

func (w *window) readable(object eyeshot.Object, at int) bool {
	parts, err := w.policy.Parts(w.principal, object.Type())
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(parts, func(part filters.Part) bool {
		return !w.judge(at, part.Subject).has(object, part.Relation)
	})
}

func (w *window) judge(at int, subject eyeshot.Subject) *judge {
	key := judgeKey{at, subject}
	if w.judges[key] == nil {
		w.judges[key] = &judge{history: w.history, model: w.model, at: at, subject: subject, known: map[place]bool{}}
	}
	return w.judges[key]
}

// judge answers what one subject has at one moment, straight from the
// definition of OpenFGA's rewrites.
type judge struct {
	*history
	model   *authz.Model
	at      int
	subject eyeshot.Subject
	known   map[place]bool
}

func (j *judge) has(object eyeshot.Object, relation string) bool {
	at := place{object, relation}
	if has, known := j.known[at]; known {
		return has
	}
	if j.subject == eyeshot.Subject(string(object)+"#"+relation) {
		return true
	}
	typ := j.model.Types[object.Type()]
	if typ == nil || typ.Relations[relation] == nil {
		return false
	}
	j.known[at] = false // where it comes back to itself; the soak's groups never do
	j.known[at] = j.rewrite(at, typ.Relations[relation].Rewrite)
	return j.known[at]
}

func (j *judge) rewrite(at place, rewrite authz.Rewrite) bool {
	child := func(r authz.Rewrite) bool { return j.rewrite(at, r) }
	switch r := rewrite.(type) {
	case authz.This:
		return j.direct(at)
	case authz.Computed:
		return j.has(at.object, r.Relation)
	case authz.TupleToUserset:
		return j.parents(at, r)
	case authz.Union:
		return slices.ContainsFunc(r.Children, child)
	case authz.Intersection:
		return !slices.ContainsFunc(r.Children, func(r authz.Rewrite) bool { return !child(r) })
	case authz.Difference:
		return child(r.Base) && !child(r.Subtract)
	}
	return false
}

func (j *judge) direct(at place) bool {
	for subject, steps := range j.facts[at] {
		if valueAt(steps, j.at) != present {
			continue
		}
		wildcard := subject.IsWildcard() && strings.HasPrefix(string(j.subject), strings.TrimSuffix(string(subject), "*"))
		if subject == j.subject || wildcard || subject.Relation() != "" && j.has(subject.Object(), subject.Relation()) {
			return true
		}
	}
	return false
}

func (j *judge) parents(at place, r authz.TupleToUserset) bool {
	for subject, steps := range j.facts[place{at.object, r.Tupleset}] {
		if valueAt(steps, j.at) == present && j.has(subject.Object(), r.Computed) {
			return true
		}
	}
	return false
}
