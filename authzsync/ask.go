package authzsync

import (
	"context"
	"errors"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

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
	x.ledger.know(key, x.clock.Now()).asked = true
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
