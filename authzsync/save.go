package authzsync

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/eyeshot-dev/eyeshot/authzsync/internal/algebra"
)

// Save writes a snapshot, in which the objects are numbered anew. It writes
// nothing where Options.Snapshot is "".
func (x *Index) Save(ctx context.Context) error {
	if x.options.Snapshot == "" {
		return nil
	}
	h, view, err := x.position(ctx)
	if err != nil {
		return err
	}
	state, err := view.version.State().Reorder(view.version.Program().Joins)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = writeSnapshot(x.options.Snapshot, h, state)
	}
	if err == nil {
		x.count(func(s *Stats) { s.Snapshots++ })
	}
	return err
}

// errUnsure says why no snapshot is written.
var errUnsure = errors.New("no snapshot is written: the permission index waits for an answer of OpenFGA's")

// position returns a view and the place in the log from which on it has to be
// followed: no later than what the view holds. It fails where the index is not
// sure of all that it holds, since a snapshot takes no doubts along.
func (x *Index) position(ctx context.Context) (header, *View, error) {
	if err := x.looking.enter(ctx); err != nil {
		return header{}, nil, err
	}
	defer x.looking.leave()
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.ledger.doubts) > 0 || x.failed != nil || x.storeID == "" || x.astray {
		return header{}, nil, errUnsure
	}
	view := x.View()
	return header{
		Store: x.storeID, Model: view.ModelID(), Written: x.clock.Now(),
		Mark: mark{Token: x.tail.marks[0].Token}, Anchor: x.tail.anchor,
	}, view, nil
}

// load starts from the snapshot, if there is one that fits.
func (x *Index) load(ctx context.Context) error {
	if x.options.Snapshot == "" {
		return errUnfit
	}
	h, state, err := readSnapshot(x.options.Snapshot)
	if err != nil {
		return err
	}
	if err := h.fits(ctx, x.source); err != nil {
		return err
	}
	id, err := x.modelID(ctx)
	if err != nil {
		return err
	}
	program, err := compile(ctx, x.source, id)
	if err != nil {
		return err
	}
	if h.Model != id {
		if state, err = state.Reorder(program.Joins); err != nil {
			return err
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.storeID, x.tail, x.ordered = h.Store, tail{marks: []mark{h.Mark}, anchor: h.Anchor}, state.Objects()
	x.publish(algebra.NewVersion(program, state, nil), time.Time{})
	return nil
}

// first makes the first view, from a snapshot where one fits.
func (x *Index) first(ctx context.Context) error {
	err := x.load(ctx)
	if errors.Is(err, errUnfit) {
		switch {
		case x.options.Snapshot == "":
		case errors.Is(err, fs.ErrNotExist): // as at every first start
			x.log.Debug("the permission index is read from OpenFGA", "because", err)
		default:
			x.log.Info("the permission index is read from OpenFGA", "because", err)
		}
		err = x.rebuild(ctx)
	}
	return err
}
