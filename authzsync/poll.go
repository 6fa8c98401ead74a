package authzsync

import (
	"context"
	"errors"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/algebra"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/numbering"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
)

// Poll looks at OpenFGA once: for a new model, and for changes. When it
// returns without an error, all that OpenFGA showed when it was called is in
// the index, whose AsOf says so. After an error the index is as current as it
// was, or more so; calling again goes on from there.
func (x *Index) Poll(ctx context.Context) error {
	if err := x.looking.enter(ctx); err != nil {
		return err
	}
	defer x.looking.leave()
	return x.look(ctx)
}

// look does what Poll says. The caller holds looking.
func (x *Index) look(ctx context.Context) error {
	err := x.follow(ctx)
	if err == nil {
		return nil
	}
	return fmt.Errorf("bring the permission index up to date: %w", err)
}

func (x *Index) follow(ctx context.Context) error {
	if err := x.sameStore(ctx); err != nil {
		return err
	}
	began := x.clock.Now()
	if err := x.lookForChanges(ctx, began); err != nil {
		return x.lost(err)
	}
	if err := x.lookForModel(ctx); err != nil {
		return err
	}
	if err := x.clearDoubts(ctx); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.failed != nil {
		return fmt.Errorf("the permission index is incomplete: %w", x.failed)
	}
	x.publish(x.View().version, began)
	return nil
}

// sameStore rebuilds the index where the source has come to another store, or
// the index has lost its own: nothing of the old one is shown meanwhile. Where
// it has only lost its place in the log, it stays as it is until then.
func (x *Index) sameStore(ctx context.Context) error {
	same := x.source.ID() == x.storeID
	if same && !x.astray {
		return nil
	}
	if !same {
		if err := x.clear(); err != nil {
			return err
		}
	}
	x.log.Info("the permission index is read anew", "store", x.source.ID())
	x.count(func(s *Stats) { s.Rebuilds++ })
	return x.rebuild(ctx)
}

// lost looks at an error of the change log's: where it says that the store is
// gone, so is what the index knew of it; where it refuses the place to read
// from, the log is not the one that the index was following. Both times the
// next look reads everything anew.
func (x *Index) lost(err error) error {
	switch {
	case errors.Is(err, eyeshot.ErrNotFound):
		x.storeID = ""
		return errors.Join(err, x.clear())
	case errors.Is(err, eyeshot.ErrInvalid):
		x.astray = true
	}
	return err
}

// clear publishes an empty state. It keeps the age, and is not whole: an index
// that knows nothing does not say that there is nothing.
func (x *Index) clear() error {
	n, err := numbering.New()
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	view := x.View()
	x.cleared = true
	x.forgetReaders()
	x.publish(algebra.NewVersion(view.version.Program(), tuples.Empty(n), nil), view.asOf)
	return nil
}

func (x *Index) count(add func(*Stats)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	add(&x.stats)
}
