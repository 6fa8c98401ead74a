package indexer

import (
	"context"
	"iter"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
)

// accessOwner is the name under which a source owns the relationships of
// groups, projects, levels and folders. No source has it: names of sources hold
// no '/'.
func accessOwner(source string) string { return AccessOwner(source) }

// AccessOwner is the name under which the state records what a source has on
// groups, projects, levels and folders.
func AccessOwner(source string) string { return source + "/acl" }

// accessLot is how many relationships are recorded and written together.
const accessLot = 2000

// stageAccess reads a source's access relationships to their end, holds each
// against the model, and lays them beside those that are recorded. Nothing is
// written before all of them are there; no more than a lot is in memory.
//
// SECURITY: an error says that the list is not whole, so nothing of it counts.
func (s *session) stageAccess(ctx context.Context, relationships iter.Seq2[eyeshot.Relationship, error]) error {
	owner := accessOwner(s.source)
	if err := s.config.State.Unstage(ctx, s.name, owner, nil); err != nil {
		return err
	}
	lot := make([]eyeshot.Relationship, 0, accessLot)
	for r, err := range relationships {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = s.rules.access(r)
		}
		if err != nil {
			return err
		}
		if lot = append(lot, r); len(lot) == accessLot {
			if err := s.config.State.Stage(ctx, s.name, owner, lot); err != nil {
				return err
			}
			lot = lot[:0]
		}
	}
	return s.config.State.Stage(ctx, s.name, owner, lot)
}

// access holds one access relationship against the model.
func (r rules) access(relationship eyeshot.Relationship) error {
	if r.isDocument(relationship.Object.Type()) {
		return eyeshot.Invalid("relationship", relationship.String(), "is on a document: it belongs to that document")
	}
	return r.relationship(relationship)
}

// reviewAccess leaves out of what is staged what the guard holds back: all that
// would be new on an object. What is there and stays is not touched.
func (s *session) reviewAccess(ctx context.Context, guard Guard) (held int, err error) {
	owner := accessOwner(s.source)
	objects, err := s.config.State.NotOwnedObjects(ctx, s.name, owner)
	if err != nil || guard == nil {
		return 0, err
	}
	for lot := range slices.Chunk(objects, s.config.LotDocuments) {
		proposals := make([]Proposal, len(lot))
		for i, object := range lot {
			proposals[i] = Proposal{Object: object, Access: true}
		}
		verdicts, err := guard.Review(ctx, proposals)
		if err != nil {
			return held, err
		}
		for i, object := range lot {
			if !verdicts[i] {
				continue
			}
			added, err := s.config.State.NotOwnedOn(ctx, s.name, owner, object)
			if err == nil && len(added) > 0 {
				err = s.config.State.Unstage(ctx, s.name, owner, added)
			}
			if err != nil {
				return held, err
			}
			held++
		}
	}
	return held, nil
}

// narrowAccess removes what the source's access no longer holds.
func (s *session) narrowAccess(ctx context.Context) (removed int, err error) {
	return s.changeAccess(ctx, func() (diff, error) {
		gone, err := s.config.State.NotStaged(ctx, s.name, accessOwner(s.source), accessLot)
		return diff{removed: gone}, err
	})
}

// widenAccess adds what the source's access holds now.
func (s *session) widenAccess(ctx context.Context) (added int, err error) {
	var behind eyeshot.RelationshipKey
	return s.changeAccess(ctx, func() (diff, error) {
		fresh, err := s.config.State.NotOwned(ctx, s.name, accessOwner(s.source), behind, accessLot)
		if len(fresh) > 0 {
			behind = fresh[len(fresh)-1].Key()
		}
		return diff{added: fresh}, err
	})
}

// changeAccess applies lots until there is nothing left to do.
func (s *session) changeAccess(ctx context.Context, next func() (diff, error)) (n int, err error) {
	for {
		done, err := s.changeAccessLot(ctx, next)
		if n += done; done == 0 || err != nil {
			return n, err
		}
	}
}

func (s *session) changeAccessLot(ctx context.Context, next func() (diff, error)) (n int, err error) {
	unlock, err := s.locks.lock(ctx, s.name)
	if err != nil {
		return 0, err
	}
	defer unlock()
	d, err := next()
	if err != nil || d.none() {
		return 0, err
	}
	return len(d.added) + len(d.removed), s.applyAccess(ctx, d)
}

func (s *session) applyAccess(ctx context.Context, d diff) error {
	owner := accessOwner(s.source)
	var objects []eyeshot.Object
	for _, r := range d.removed {
		objects = append(objects, r.Object)
	}
	owned, err := s.config.State.Owned(ctx, s.name, slices.Compact(objects))
	if err != nil {
		return err
	}
	// SECURITY: recorded first, as everywhere.
	if err := s.config.State.Mark(ctx, s.name, owner, slices.Concat(d.removed, d.added)); err != nil {
		return err
	}
	if err := s.write(ctx, d.added, newLedger(owner, owned).deletable(d.removed)); err != nil {
		return err
	}
	return s.config.State.Settle(ctx, s.name, owner, d.added, d.removed)
}
