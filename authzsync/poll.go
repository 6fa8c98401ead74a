package authzsync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/algebra"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// Poll looks at OpenFGA once: for a new model, and for changes. When it
// returns without an error, all that OpenFGA showed when it was called is in
// the index, whose AsOf says so. After an error the index is as current as it
// was, or more so; calling again goes on from there.
func (x *Index) Poll(ctx context.Context) error {
	x.looking.Lock()
	defer x.looking.Unlock()
	return x.look(ctx)
}

// look does what Poll says. The caller holds looking.
func (x *Index) look(ctx context.Context) error {
	began := x.clock.Now()
	err := x.lookForChanges(ctx, began)
	if err == nil {
		err = x.lookForModel(ctx)
	}
	if err == nil {
		err = x.clearDoubts(ctx)
	}
	if err != nil {
		return fmt.Errorf("bring the permission index up to date: %w", err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.failed != nil {
		return fmt.Errorf("the permission index is incomplete: %w", x.failed)
	}
	x.publish(x.View().version, began)
	return nil
}

func (x *Index) lookForChanges(ctx context.Context, began time.Time) error {
	from, rewound := x.tail.start(began, x.options.Overlap)
	w := window{last: map[eyeshot.RelationshipKey]authz.Change{}}
	end, err := readLog(ctx, x.source, from.Token, func(page authz.ChangePage) {
		for _, c := range page.Changes {
			w.add(c)
		}
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.commit(x.news(w))
	x.tail.reached(mark{Token: end, At: began, Seen: from.Seen + w.count}, began, x.options.Overlap, rewound)
	x.ledger.forget(began.Add(-x.options.Overlap))
	return nil
}

// news returns what a window says that the index doesn't have. Where the index
// may know better it is left out, and asked about. The caller holds mu.
//
// SECURITY: a change that is older than what the index holds must not undo it:
// replaying "written" after this process's own "deleted" would show documents
// to a search that its user has just lost.
func (x *Index) news(w window) []change {
	var news []change
	state := x.View().version.State()
	for _, key := range w.order {
		c := w.last[key]
		if x.ledger.isInFlight(key) {
			x.ledger.doubt(key)
			continue
		}
		if agrees(state.Has, c) {
			continue
		}
		if x.ledger.mayBeNewer(key) {
			x.ledger.doubt(key)
			continue
		}
		news = append(news, change{relationship: c.Relationship, deleted: c.Deleted})
	}
	return news
}

// agrees reports whether a change has happened already, as far as has knows.
func agrees(has func(eyeshot.RelationshipKey) (string, bool), c authz.Change) bool {
	condition, there := has(c.Relationship.Key())
	if c.Deleted || !there {
		return c.Deleted != there
	}
	return condition == conditionOf(c.Relationship)
}

func conditionOf(r eyeshot.Relationship) string {
	if r.Condition == nil {
		return ""
	}
	return r.Condition.Name
}

// lookForModel swaps in the store's latest model. The new program is built
// aside; the relationships stay, since they are kept whether or not a model
// allows them.
func (x *Index) lookForModel(ctx context.Context) error {
	id, err := x.modelID(ctx)
	if err != nil || id == x.View().ModelID() {
		return err
	}
	program, err := compile(ctx, x.source, id)
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	view := x.View()
	x.publish(algebra.NewVersion(program, view.version.State(), nil), view.asOf)
	x.stats.Models++
	x.log.Info("the permission index follows a new model", "model", id)
	return nil
}

func (x *Index) modelID(ctx context.Context) (string, error) {
	if x.options.ModelID != "" {
		return x.options.ModelID, nil
	}
	id, err := x.source.LatestModelID(ctx)
	if err != nil {
		return "", fmt.Errorf("find the latest model: %w", err)
	}
	return id, nil
}

func compile(ctx context.Context, source Source, id string) (*algebra.Program, error) {
	model, err := source.Model(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", id, err)
	}
	return algebra.Compile(model)
}

// clearDoubts asks OpenFGA about the relationships of which the log and the
// index say different things.
func (x *Index) clearDoubts(ctx context.Context) error {
	x.mu.Lock()
	questions := x.ledger.questions()
	x.mu.Unlock()
	var failed error
	for key, turn := range questions {
		if err := x.ask(ctx, key, turn); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// ask reads one relationship and applies the answer, unless the index has
// learned better while it waited.
func (x *Index) ask(ctx context.Context, key eyeshot.RelationshipKey, turn uint64) error {
	c, err := readOne(ctx, x.source, key)
	if err != nil {
		return fmt.Errorf("ask about a relationship: %w", err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.stats.Asked++
	if !x.ledger.settle(key, turn) {
		return nil
	}
	x.ledger.know(key, x.clock.Now())
	x.commit([]change{c})
	return nil
}

func readOne(ctx context.Context, source Source, key eyeshot.RelationshipKey) (change, error) {
	filter := authz.ReadFilter{Object: string(key.Object), Relation: key.Relation, Subject: key.Subject}
	page, err := source.Read(ctx, filter, 1, "")
	if err != nil {
		return change{}, err
	}
	for _, r := range page.Relationships {
		if r.Key() == key {
			return change{relationship: r}, nil
		}
	}
	missing := eyeshot.Relationship{Subject: key.Subject, Relation: key.Relation, Object: key.Object}
	return change{relationship: missing, deleted: true}, nil
}
