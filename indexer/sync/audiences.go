package sync

import (
	"context"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/indexer/audience"
)

// siblings is how many documents beside a new one are looked at, and fewSiblings
// how many it takes to say what is usual there.
const (
	siblings    = 20
	fewSiblings = 3
)

// reserved are relations that belong to users and their consents.
var reserved = []string{"delegated_", "task_"}

// recorded is what is known to be on an object, by whichever source.
func (g *guard) recorded(ctx context.Context, object eyeshot.Object) ([]eyeshot.Relationship, error) {
	return g.on(ctx, object, "")
}

// staged is what will be on an object when this sync has ended.
func (g *guard) staged(ctx context.Context, object eyeshot.Object) ([]eyeshot.Relationship, error) {
	if !g.isContainer(object.Type()) {
		return g.recorded(ctx, object)
	}
	owner := indexer.AccessOwner(g.run.source.Name)
	out, err := g.on(ctx, object, owner)
	if err != nil {
		return nil, err
	}
	fresh, err := g.run.config.State.Staged(ctx, g.run.source.Tenant, owner, object)
	return append(out, fresh...), err
}

// on returns what is recorded on an object by all but one source.
func (g *guard) on(ctx context.Context, object eyeshot.Object, but string) ([]eyeshot.Relationship, error) {
	owned, err := g.run.config.State.Owned(ctx, g.run.source.Tenant, []eyeshot.Object{object})
	if err != nil {
		return nil, err
	}
	var out []eyeshot.Relationship
	for _, o := range owned {
		if !o.Pending && (but == "" || o.Source != but) {
			out = append(out, o.Relationship)
		}
	}
	return out, nil
}

// proposed is who will reach an object.
func (g *guard) proposed(ctx context.Context, p indexer.Proposal) (audience.People, error) {
	if p.Access {
		return g.after.OfAny(ctx, p.Object, reserved...)
	}
	others, err := g.on(ctx, p.Object, g.run.source.Name)
	if err != nil {
		return audience.People{}, err
	}
	return g.readers(ctx, g.after.With(p.Object, append(others, p.After...)), p.Object)
}

// baseline counts who reaches an object now, or, where it is new, who at most
// reaches one beside it; known is false where there is nothing to compare with.
func (g *guard) baseline(ctx context.Context, p indexer.Proposal) (n int, known bool, err error) {
	people, known, err := g.present(ctx, p)
	if err != nil {
		return 0, false, err
	}
	if known {
		n, err = g.count(ctx, people)
		return n, true, err
	}
	// SECURITY: what was held back and lost its last reader would come back as
	// something new, with nothing to compare it with.
	earlier, found, err := g.run.config.State.HeldOn(ctx, g.run.source.Tenant, g.run.source.Name, p.Object)
	if err != nil || found {
		return earlier.Before, found, err
	}
	if p.Access || !g.established {
		return 0, false, nil
	}
	return g.beside(ctx, p)
}

// present is who reaches an object now; known is false where nobody is on it.
func (g *guard) present(ctx context.Context, p indexer.Proposal) (people audience.People, known bool, err error) {
	if p.Access {
		on, err := g.recorded(ctx, p.Object)
		if err != nil || len(on) == 0 {
			return people, false, err
		}
		people, err = g.before.OfAny(ctx, p.Object, reserved...)
		return people, true, err
	}
	if len(p.Before) == 0 {
		return people, false, nil
	}
	people, err = g.readers(ctx, g.before, p.Object)
	return people, true, err
}

// beside looks at documents that hang on the same things as a new one.
func (g *guard) beside(ctx context.Context, p indexer.Proposal) (most int, known bool, err error) {
	looked := 0
	for _, r := range p.After {
		typ := r.Subject.Object().Type()
		if r.Subject.Relation() != "" || r.Subject.IsWildcard() || typ == eyeshot.TypeUser || typ == eyeshot.TypeServiceAccount {
			continue
		}
		place, err := g.place(ctx, r.Relation, r.Subject)
		if err != nil {
			return 0, false, err
		}
		if place.most < 0 {
			return -1, true, nil
		}
		most, looked = max(most, place.most), looked+place.looked
	}
	return most, looked >= fewSiblings, nil
}

// place is what is usual of documents that hang on one thing.
type place struct {
	most   int // who reaches one of them, at most; -1 for everyone
	looked int
}

// place looks at a thing once in a sync.
func (g *guard) place(ctx context.Context, relation string, subject eyeshot.Subject) (place, error) {
	key := relation + " " + string(subject)
	if known, ok := g.places[key]; ok {
		return known, nil
	}
	objects, err := g.run.config.State.Siblings(ctx, g.run.source.Tenant, g.run.source.Name, relation, subject, siblings)
	if err != nil {
		return place{}, err
	}
	found := place{looked: len(objects)}
	for _, object := range objects {
		people, err := g.readers(ctx, g.before, object)
		if err != nil {
			return place{}, err
		}
		n, err := g.count(ctx, people)
		if err != nil {
			return place{}, err
		}
		if n < 0 {
			found.most = -1
			break
		}
		found.most = max(found.most, n)
	}
	g.places[key] = found
	return found, nil
}

func (g *guard) readers(ctx context.Context, e *audience.Evaluator, object eyeshot.Object) (audience.People, error) {
	return e.Of(ctx, object, g.run.config.Read[object.Type()])
}

// count says how many an audience is, or -1 for everyone. The members of the
// tenant are at least all people that are known, and never too few to wait.
func (g *guard) count(ctx context.Context, people audience.People) (n int, err error) {
	if g.people < 0 {
		if g.people, err = g.run.config.State.People(ctx, g.run.source.Tenant); err != nil {
			return 0, err
		}
	}
	if n = people.Count(); people.Tenant && n >= 0 {
		n = max(n, g.people, g.policy.People)
	}
	return n, nil
}
