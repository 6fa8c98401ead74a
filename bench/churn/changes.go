package churn

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/eyeshot-dev/eyeshot"
)

// changer grants and revokes: each turn it takes one kind of relationship,
// draws one, and writes it where it is not there, or takes it away.
type changer struct {
	*soak
	deck   []kind // of this round, shuffled
	shares []eyeshot.Relationship
}

type kind struct {
	name string
	draw func(*rand.Rand) eyeshot.Relationship
}

func (s *soak) newChanger() *changer { return &changer{soak: s} }

// once makes one change. Each kind has its turn before one has another.
func (c *changer) once(ctx context.Context, r *rand.Rand) error {
	if len(c.deck) == 0 {
		c.deck = c.kinds()
		r.Shuffle(len(c.deck), func(i, j int) { c.deck[i], c.deck[j] = c.deck[j], c.deck[i] })
	}
	next := c.deck[0]
	c.deck = c.deck[1:]
	return c.toggle(ctx, next.name, next.draw(r))
}

func (c *changer) toggle(ctx context.Context, name string, r eyeshot.Relationship) error {
	writes, deletes, what := []eyeshot.Relationship{r}, []eyeshot.Relationship(nil), "given"
	if c.history.has(r) != absent {
		writes, deletes, what = nil, writes, "taken"
	}
	if err := c.recorder().Write(ctx, writes, deletes); err != nil {
		return fmt.Errorf("changing a relationship: %w", err)
	}
	c.history.count(name+" "+what, 1)
	return nil
}

// kinds are the kinds of change, those twice that touch one person or document.
func (c *changer) kinds() []kind {
	w := c.world
	member := kind{"group membership", func(r *rand.Rand) eyeshot.Relationship {
		return c.maybeExpired(r, written(group(r.IntN(w.groups)), "member", eyeshot.Subject(user(r.IntN(w.users)))))
	}}
	share := kind{"direct share", c.share}
	return []kind{member, member, share, share,
		{"nested group", func(r *rand.Rand) eyeshot.Relationship {
			inner := 1 + r.IntN(w.groups-1) // in two others at most: paths multiply, and OpenFGA walks each
			return written(group((inner-1)/(2+r.IntN(2))), "member", members(inner))
		}},
		{"project's viewers", func(r *rand.Rand) eyeshot.Relationship {
			p := r.IntN(w.projects)
			return written(project(p), "viewer", w.near(r, p))
		}},
		{"project member", func(r *rand.Rand) eyeshot.Relationship {
			return written(project(r.IntN(w.projects)), "member", eyeshot.Subject(user(r.IntN(w.users))))
		}},
		{"clearance", func(r *rand.Rand) eyeshot.Relationship {
			l := r.IntN(w.levels)
			return written(level(l), "cleared", w.near(r, l))
		}},
		{"folder's viewers", func(r *rand.Rand) eyeshot.Relationship {
			f := r.IntN(w.folders)
			return written(folder(f), "viewer", w.near(r, f))
		}},
		{"admin", func(r *rand.Rand) eyeshot.Relationship {
			return written("tenant:"+tenantName, "admin", eyeshot.Subject(user(r.IntN(min(w.users, 3)))))
		}},
		{"consent", c.consent},
		{"task", func(r *rand.Rand) eyeshot.Relationship {
			return c.maybeExpired(r, written(project(r.IntN(w.projects)), "task_read", "task:1"))
		}},
	}
}

// near draws one of the three groups that something may be granted to.
func (w *world) near(r *rand.Rand, i int) eyeshot.Subject {
	return members((i*5 + r.IntN(3)*2) % w.groups)
}

// share keeps the number of shares bounded: beyond it, one that is there is
// drawn again, and so taken away.
func (c *changer) share(r *rand.Rand) eyeshot.Relationship {
	if most := len(c.world.documents); len(c.shares) > 0 && (len(c.shares) >= most || r.IntN(2) == 0) {
		at := r.IntN(len(c.shares))
		shared := c.shares[at]
		c.shares[at] = c.shares[len(c.shares)-1]
		c.shares = c.shares[:len(c.shares)-1]
		return shared
	}
	subject := eyeshot.Subject(user(r.IntN(c.world.users)))
	if r.IntN(4) == 0 {
		subject = members(r.IntN(c.world.groups))
	}
	object := c.world.documents[r.IntN(len(c.world.documents))]
	for object.Type() == "comment" { // a comment is shared with its ticket
		object = c.world.documents[r.IntN(len(c.world.documents))]
	}
	shared := written(object, "viewer", subject)
	c.shares = append(c.shares, shared)
	return shared
}

func (c *changer) consent(r *rand.Rand) eyeshot.Relationship {
	p := eyeshot.Principal{Tenant: tenantName, Subject: user(r.IntN(c.world.users) / 3 * 3), Actor: "agent:claude"}
	on := project(r.IntN(c.world.projects))
	if r.IntN(4) == 0 {
		on = "tenant:" + tenantName
	}
	return c.maybeExpired(r, written(on, "delegated_read", eyeshot.Subject(p.Delegation())))
}

// maybeExpired puts some relationships under a condition, half of which is not
// met: the permission index lets those through, and the gate has to stop them.
func (c *changer) maybeExpired(r *rand.Rand, relationship eyeshot.Relationship) eyeshot.Relationship {
	switch r.IntN(8) {
	case 0:
		return until(relationship, longAgo)
	case 1:
		return until(relationship, farOff)
	}
	return relationship
}
