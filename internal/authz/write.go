package authz

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
)

// Write removes and adds relationships and can be repeated: what is to be
// removed and is not there, and what is to be added and is there, are no errors.
// Afterwards each of writes is there with exactly its condition.
//
// The work is cut into lots of Config.MaxTuplesPerWrite, deletions before
// additions. A lot is one transaction; a failure leaves the lots before it
// done, and the whole call can be repeated. A relationship that is in both
// lists is added: its removal would only be undone. Equal relationships within
// one list count once.
//
// OpenFGA holds one condition a relationship and does not change it. Where one
// of writes is there with another condition (an expiry that moves, say), Write
// removes it and then adds it anew, in two requests: between the two there is
// less access than with either condition and never more.
//
// It fails with [eyeshot.ErrInvalid] where a relationship is malformed, is
// given with two different conditions, or is refused by the model (its message
// then is OpenFGA's and names type and relation); with [eyeshot.ErrConflict]
// where other writers keep changing the same relationships; with
// [eyeshot.ErrNotFound] where store or model are gone; with
// [eyeshot.ErrUnavailable] else, and then a lot may be done all the same.
func (s *Store) Write(ctx context.Context, writes, deletes []eyeshot.Relationship) error {
	if err := s.valid(); err != nil {
		return err
	}
	lots, err := planWrite(writes, deletes, s.client.config.MaxTuplesPerWrite)
	if err != nil {
		return err
	}
	for i, lot := range lots {
		if err := s.writeLot(ctx, lot); err != nil {
			return fmt.Errorf("writing relationships, lot %d of %d: %w", i+1, len(lots), err)
		}
	}
	return nil
}

// writeLot is one request of Write.
type writeLot struct {
	deletes []eyeshot.RelationshipKey
	writes  []eyeshot.Relationship
}

// planWrite validates everything before anything is sent, drops what is double,
// and cuts the rest into lots.
func planWrite(writes, deletes []eyeshot.Relationship, size int) ([]writeLot, error) {
	kept, added, err := distinctWrites(writes)
	if err != nil {
		return nil, err
	}
	removed, err := distinctDeletes(deletes, added)
	if err != nil {
		return nil, err
	}
	var lots []writeLot
	for len(removed)+len(kept) > 0 {
		fromRemoved := min(size, len(removed))
		fromKept := min(size-fromRemoved, len(kept))
		lots = append(lots, writeLot{deletes: removed[:fromRemoved], writes: kept[:fromKept]})
		removed, kept = removed[fromRemoved:], kept[fromKept:]
	}
	return lots, nil
}

// distinctWrites keeps the first of equal relationships.
//
// SECURITY: a relationship that is asked for with and without a condition must
// not end up with whichever came first.
func distinctWrites(writes []eyeshot.Relationship) ([]eyeshot.Relationship, map[eyeshot.RelationshipKey]string, error) {
	kept := make([]eyeshot.Relationship, 0, len(writes))
	conditions := make(map[eyeshot.RelationshipKey]string, len(writes))
	for _, relationship := range writes {
		if err := relationship.Validate(); err != nil {
			return nil, nil, fmt.Errorf("relationship %s: %w", relationship, err)
		}
		condition, err := canonical(relationship.Condition)
		if err != nil {
			return nil, nil, err
		}
		earlier, double := conditions[relationship.Key()]
		if double && earlier != condition {
			return nil, nil, eyeshot.Invalid("relationship", relationship.String(), "is given twice with different conditions")
		}
		if !double {
			conditions[relationship.Key()] = condition
			kept = append(kept, relationship)
		}
	}
	return kept, conditions, nil
}

func distinctDeletes(deletes []eyeshot.Relationship, added map[eyeshot.RelationshipKey]string) ([]eyeshot.RelationshipKey, error) {
	kept := make([]eyeshot.RelationshipKey, 0, len(deletes))
	seen := make(map[eyeshot.RelationshipKey]bool, len(deletes))
	for _, relationship := range deletes {
		if err := relationship.Validate(); err != nil {
			return nil, fmt.Errorf("relationship %s: %w", relationship, err)
		}
		key := relationship.Key()
		_, stays := added[key]
		if !stays && !seen[key] {
			seen[key] = true
			kept = append(kept, key)
		}
	}
	return kept, nil
}

// canonical gives a condition as text that is equal where OpenFGA would find
// the conditions equal: encoding/json sorts keys. No condition is "".
func canonical(condition *eyeshot.Condition) (string, error) {
	if condition == nil {
		return "", nil
	}
	if len(condition.Context) == 0 {
		return condition.Name + "{}", nil
	}
	encoded, err := json.Marshal(condition.Context)
	if err != nil {
		return "", eyeshot.Invalid("condition", condition.Name, "has a context that is not JSON: "+err.Error())
	}
	return condition.Name + string(encoded), nil
}
