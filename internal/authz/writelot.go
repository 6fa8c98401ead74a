package authz

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
)

// tupleJSON is a relationship as OpenFGA's HTTP API writes it.
type tupleJSON struct {
	User      string         `json:"user,omitempty"`
	Relation  string         `json:"relation,omitempty"`
	Object    string         `json:"object,omitempty"`
	Condition *conditionJSON `json:"condition,omitempty"`
}

// conditionJSON always carries a context: OpenFGA stores an empty one where
// none is given, and then would not find the two equal.
type conditionJSON struct {
	Name    string         `json:"name"`
	Context map[string]any `json:"context"`
}

type writesJSON struct {
	Tuples      []tupleJSON `json:"tuple_keys"`
	OnDuplicate string      `json:"on_duplicate"`
}

type deletesJSON struct {
	Tuples    []tupleJSON `json:"tuple_keys"`
	OnMissing string      `json:"on_missing"`
}

type writeJSON struct {
	Writes  *writesJSON  `json:"writes,omitempty"`
	Deletes *deletesJSON `json:"deletes,omitempty"`
	Model   string       `json:"authorization_model_id,omitempty"`
}

// writeLot sends a lot until it is in. OpenFGA answers with a conflict where a
// relationship is there under another condition, and where another writer was
// faster; the first is cleared away, the second is over the next time.
func (s *Store) writeLot(ctx context.Context, lot writeLot) error {
	const attempts = 5
	for attempt := 0; ; attempt++ {
		err := s.put(ctx, lot)
		if !errors.Is(err, eyeshot.ErrConflict) || attempt+1 == attempts {
			return err
		}
		cleared, clearErr := s.clearReplaced(ctx, lot.writes)
		if clearErr != nil && !errors.Is(clearErr, eyeshot.ErrConflict) {
			return clearErr
		}
		if !cleared && !s.client.pause(ctx, attempt, 0) {
			return err
		}
	}
}

// put is one Write request: one transaction.
func (s *Store) put(ctx context.Context, lot writeLot) error {
	body := writeJSON{Model: s.modelID}
	if len(lot.writes) > 0 {
		body.Writes = &writesJSON{OnDuplicate: "ignore", Tuples: make([]tupleJSON, len(lot.writes))}
		for i, relationship := range lot.writes {
			body.Writes.Tuples[i] = encodeTuple(relationship)
		}
	}
	if len(lot.deletes) > 0 {
		body.Deletes = &deletesJSON{OnMissing: "ignore", Tuples: make([]tupleJSON, len(lot.deletes))}
		for i, key := range lot.deletes {
			body.Deletes.Tuples[i] = tupleJSON{User: string(key.Subject), Relation: key.Relation, Object: string(key.Object)}
		}
	}
	// SECURITY: the answer is an empty object, and has to be: a revocation that
	// only reached the page of a proxy is not done.
	var done map[string]any
	return s.call(ctx, post("Write", "/stores/{store_id}/write", body), &done)
}

// clearReplaced removes those of writes that are there under another condition
// and reports whether there were any.
//
// SECURITY: the old condition goes before the new one comes. Should the new one
// never arrive, there is too little access and not too much.
func (s *Store) clearReplaced(ctx context.Context, writes []eyeshot.Relationship) (bool, error) {
	replaced := make([]bool, len(writes))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(s.client.config.ParallelBatches)
	for i, relationship := range writes {
		group.Go(func() (err error) {
			replaced[i], err = s.hasOtherCondition(groupCtx, relationship)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return false, err
	}
	var lot writeLot
	for i, relationship := range writes {
		if replaced[i] {
			lot.deletes = append(lot.deletes, relationship.Key())
		}
	}
	if len(lot.deletes) == 0 {
		return false, nil
	}
	return true, s.put(ctx, lot)
}

func (s *Store) hasOtherCondition(ctx context.Context, relationship eyeshot.Relationship) (bool, error) {
	filter := ReadFilter{Object: string(relationship.Object), Relation: relationship.Relation, Subject: relationship.Subject}
	page, err := s.Read(ctx, filter, 1, "")
	if err != nil || len(page.Relationships) == 0 {
		return false, err
	}
	wanted, err := canonical(relationship.Condition)
	if err != nil {
		return false, err
	}
	found, err := canonical(page.Relationships[0].Condition)
	return found != wanted, err
}

func encodeTuple(relationship eyeshot.Relationship) tupleJSON {
	tuple := tupleJSON{User: string(relationship.Subject), Relation: relationship.Relation, Object: string(relationship.Object)}
	if condition := relationship.Condition; condition != nil {
		tuple.Condition = &conditionJSON{Name: condition.Name, Context: condition.Context}
		if condition.Context == nil {
			tuple.Condition.Context = map[string]any{}
		}
	}
	return tuple
}

func (t tupleJSON) relationship() eyeshot.Relationship {
	relationship := eyeshot.Relationship{Subject: eyeshot.Subject(t.User), Relation: t.Relation, Object: eyeshot.Object(t.Object)}
	if t.Condition != nil && t.Condition.Name != "" {
		relationship.Condition = &eyeshot.Condition{Name: t.Condition.Name}
		if len(t.Condition.Context) > 0 {
			relationship.Condition.Context = t.Condition.Context
		}
	}
	return relationship
}
