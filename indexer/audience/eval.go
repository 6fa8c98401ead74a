package audience

import (
	"context"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// eval follows a relation's algebra over the relationships on an object.
func (e *Evaluator) eval(ctx context.Context, object eyeshot.Object, relation string, rewrite authz.Rewrite, on []eyeshot.Relationship) (People, error) {
	switch r := rewrite.(type) {
	case authz.This:
		return e.direct(ctx, relation, on)
	case authz.Computed:
		return e.Of(ctx, object, r.Relation)
	case authz.TupleToUserset:
		return e.through(ctx, r, on)
	case authz.Union:
		return e.fold(ctx, object, relation, r.Children, on, union)
	case authz.Intersection:
		return e.fold(ctx, object, relation, r.Children, on, intersect)
	case authz.Difference:
		// Who is taken away does not count as an audience that shrinks: too large
		// an estimate is only ever a question too many.
		return e.eval(ctx, object, relation, r.Base, on)
	}
	return People{}, nil
}

func (e *Evaluator) fold(ctx context.Context, object eyeshot.Object, relation string, children []authz.Rewrite, on []eyeshot.Relationship, join func(a, b People) People) (People, error) {
	var all People
	for i, child := range children {
		people, err := e.eval(ctx, object, relation, child, on)
		if err != nil {
			return People{}, err
		}
		if i == 0 {
			all = people
		} else {
			all = join(all, people)
		}
	}
	return all, nil
}

// direct is who is written on a relation, in person or through a set.
func (e *Evaluator) direct(ctx context.Context, relation string, on []eyeshot.Relationship) (People, error) {
	all := People{named: roaring.New()}
	for _, r := range on {
		if r.Relation != relation {
			continue
		}
		switch {
		case r.Subject == eyeshot.TypeUser+":*":
			all.Everyone = true
		case r.Subject.Relation() != "":
			people, err := e.Of(ctx, r.Subject.Object(), r.Subject.Relation())
			if err != nil {
				return People{}, err
			}
			// SECURITY: who is in a tenant is written by others, too: that nobody is
			// recorded there does not make it small.
			people.Tenant = people.Tenant || isTenant(r.Subject)
			all = union(all, people)
		case isPerson(r.Subject):
			all.named.Add(e.names.id(r.Subject))
		}
	}
	return all, nil
}

// isPerson leaves out programs, and accounts that no token can carry.
func isPerson(s eyeshot.Subject) bool {
	return strings.HasPrefix(string(s), eyeshot.TypeUser+":") && !strings.HasPrefix(string(s), eyeshot.TypeUser+":~")
}

// isTenant says whether a set is the members of a tenant.
func isTenant(s eyeshot.Subject) bool {
	return s.Object().Type() == "tenant" && s.Relation() == "member"
}

// through is who has a relation to what stands on another relation.
func (e *Evaluator) through(ctx context.Context, r authz.TupleToUserset, on []eyeshot.Relationship) (People, error) {
	var all People
	for _, tuple := range on {
		if tuple.Relation != r.Tupleset || tuple.Subject.Relation() != "" || tuple.Subject.IsWildcard() {
			continue
		}
		people, err := e.Of(ctx, tuple.Subject.Object(), r.Computed)
		if err != nil {
			return People{}, err
		}
		all = union(all, people)
	}
	return all, nil
}

// union and intersect never change what they are given: it may be remembered.
func union(a, b People) People {
	return People{Everyone: a.Everyone || b.Everyone, Tenant: a.Tenant || b.Tenant, named: roaring.Or(bitmap(a), bitmap(b))}
}

func intersect(a, b People) People {
	switch {
	case a.Everyone && b.Everyone:
		return union(a, b)
	case a.Everyone, a.Tenant && !b.Everyone:
		return b
	case b.Everyone, b.Tenant:
		return a
	}
	return People{named: roaring.And(bitmap(a), bitmap(b))}
}

func bitmap(p People) *roaring.Bitmap {
	if p.named == nil {
		return roaring.New()
	}
	return p.named
}
