package authzsync

import (
	"context"
	"time"

	"github.com/eyeshot-dev/eyeshot/authzsync/internal/algebra"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/numbering"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// start builds the first view. Nobody else has the index yet.
func (x *Index) start(ctx context.Context) error {
	if err := x.looking.enter(ctx); err != nil {
		return err
	}
	defer x.looking.leave()
	if err := x.first(ctx); err != nil {
		return err
	}
	return x.look(ctx)
}

// rebuild reads everything anew: the model, the end of the change log, all
// relationships, and then the log from before that end. The caller holds looking.
func (x *Index) rebuild(ctx context.Context) error {
	j, _ := x.record()
	defer x.discard(j)
	storeID := x.source.ID()
	id, err := x.modelID(ctx)
	if err != nil {
		return err
	}
	program, err := compile(ctx, x.source, id)
	if err != nil {
		return err
	}
	t, err := x.findEnd(ctx)
	if err != nil {
		return err
	}
	state, err := x.readInOrder(ctx, program)
	if err != nil {
		return err
	}
	if err := x.adopt(j, state, program, time.Time{}, (*Index).beginAnew); err != nil {
		return err
	}
	x.storeID, x.tail, x.astray = storeID, t, false
	return nil
}

// readInOrder reads every relationship into a state of its own numbering.
func (x *Index) readInOrder(ctx context.Context, program *algebra.Program) (*tuples.State, error) {
	n, err := numbering.New()
	if err != nil {
		return nil, err
	}
	state, err := readAll(ctx, x.source, n)
	if err != nil {
		return nil, err
	}
	return state.Reorder(program.Joins)
}

// findEnd goes through the change log to its end and returns a tail with two
// marks: the end, and the place where the overlap before it begins. What commits
// late, before the end, is read from there.
func (x *Index) findEnd(ctx context.Context) (tail, error) {
	type place struct {
		token string
		at    time.Time // of the last change before it
	}
	places := []place{{}}
	now := x.clock.Now()
	var t tail
	end, err := readLog(ctx, x.source, "", func(token string, page authz.ChangePage) {
		t.see(token, page)
		if n := len(page.Changes); n > 0 {
			places = append(places, place{page.Next, page.Changes[n-1].At})
		}
		last := places[len(places)-1]
		for len(places) > 1 && !places[1].at.After(last.at.Add(-x.options.Overlap)) {
			places = places[1:]
		}
	})
	if err != nil {
		return t, err
	}
	t.marks = []mark{{Token: places[0].token}}
	if end != places[0].token {
		t.marks = append(t.marks, mark{Token: end, At: now})
	}
	return t, nil
}
