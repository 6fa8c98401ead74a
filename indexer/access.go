package indexer

import (
	"context"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/state"
)

// accessOwner is the name under which a source owns the relationships of
// groups, projects, levels and folders. No source has it: names of sources hold
// no '/'.
func accessOwner(source string) string { return source + "/acl" }

// accessLot is how many relationships are recorded and written together.
const accessLot = 2000

// access holds a source's access relationships against the model, before any
// of them is written.
func (r rules) access(relationships []eyeshot.Relationship) error {
	for _, relationship := range relationships {
		if r.isDocument(relationship.Object.Type()) {
			return eyeshot.Invalid("relationship", relationship.String(), "is on a document: it belongs to that document")
		}
		if err := r.relationship(relationship); err != nil {
			return err
		}
	}
	return nil
}

// narrowAccess removes what the source's access no longer holds.
func (s *session) narrowAccess(ctx context.Context, wanted []eyeshot.Relationship) (int, error) {
	return s.changeAccess(ctx, wanted, func(d diff) diff { return diff{removed: d.removed} })
}

// widenAccess adds what the source's access holds now.
func (s *session) widenAccess(ctx context.Context, wanted []eyeshot.Relationship) (int, error) {
	return s.changeAccess(ctx, wanted, func(d diff) diff { return diff{added: d.added} })
}

func (s *session) changeAccess(ctx context.Context, wanted []eyeshot.Relationship, part func(diff) diff) (int, error) {
	unlock, err := s.locks.lock(ctx, s.name)
	if err != nil {
		return 0, err
	}
	defer unlock()
	recorded, err := s.config.State.OwnedBy(ctx, s.name, accessOwner(s.source))
	if err != nil {
		return 0, err
	}
	all := part(accessDiff(recorded, wanted))
	for _, lot := range all.lots(accessLot) {
		if err := s.applyAccess(ctx, lot); err != nil {
			return 0, err
		}
	}
	return len(all.added) + len(all.removed), nil
}

func accessDiff(recorded []state.Owned, wanted []eyeshot.Relationship) diff {
	l := ledger{own: map[eyeshot.Object][]state.Owned{}}
	byObject := map[eyeshot.Object][]eyeshot.Relationship{}
	var order []eyeshot.Object
	see := func(object eyeshot.Object) {
		if _, seen := byObject[object]; !seen {
			byObject[object] = nil
			order = append(order, object)
		}
	}
	for _, o := range recorded {
		see(o.Relationship.Object)
		l.own[o.Relationship.Object] = append(l.own[o.Relationship.Object], o)
	}
	for _, r := range wanted {
		see(r.Object)
		byObject[r.Object] = append(byObject[r.Object], r)
	}
	var all diff
	for _, object := range order {
		all.append(l.diff(object, byObject[object]))
	}
	return all
}

// lots cuts a diff that has one part only.
func (d diff) lots(size int) []diff {
	var out []diff
	for start := 0; start < len(d.removed); start += size {
		out = append(out, diff{removed: d.removed[start:min(start+size, len(d.removed))]})
	}
	for start := 0; start < len(d.added); start += size {
		out = append(out, diff{added: d.added[start:min(start+size, len(d.added))]})
	}
	return out
}

func (s *session) applyAccess(ctx context.Context, d diff) error {
	owner := accessOwner(s.source)
	var objects []eyeshot.Object
	for _, r := range d.removed {
		objects = append(objects, r.Object)
	}
	owned, err := s.config.State.Owned(ctx, s.name, objects)
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
