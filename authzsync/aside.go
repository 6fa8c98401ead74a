package authzsync

import (
	"context"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot/authzsync/internal/algebra"
	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
)

// journal collects the changes that are made while somebody builds a state
// aside, so that they can be made there as well before it takes over.
type journal struct{ changes []change }

// record begins a journal and returns it with the view as it is then.
func (x *Index) record() (*journal, *View) {
	x.mu.Lock()
	defer x.mu.Unlock()
	j := &journal{}
	x.journal[j] = true
	return j, x.View()
}

// discard ends a journal.
func (x *Index) discard(j *journal) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.journal, j)
}

// adopt ends a journal and makes a state that was built since, with the
// journal's changes on top, the current one. Before it does, it calls each of
// first, with mu held.
func (x *Index) adopt(j *journal, state *tuples.State, program *algebra.Program, asOf time.Time, first ...func(*Index)) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.journal, j)
	state, _, err := applyTo(state, program, j.changes)
	if err != nil {
		return fmt.Errorf("catch up with what changed meanwhile: %w", err)
	}
	x.ordered = state.Objects()
	for _, call := range first {
		call(x)
	}
	x.publish(algebra.NewVersion(program, state, nil), asOf)
	return nil
}

// Reorder numbers all objects anew, those that hang on the same subjects as
// neighbours, which starts a new epoch of the numbering. Nobody waits for it.
// Run does it when many objects have come since the last time.
func (x *Index) Reorder(ctx context.Context) error {
	j, view := x.record()
	program := view.version.Program()
	state, err := view.version.State().Reorder(program.Joins)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		x.discard(j)
		return fmt.Errorf("reorder the permission index: %w", err)
	}
	return x.replace(ctx, j, view, state)
}

// replace is adopt for a state that was made out of a view's: it takes over
// only where it still can.
func (x *Index) replace(ctx context.Context, j *journal, from *View, state *tuples.State) error {
	if err := x.looking.enter(ctx); err != nil { // so that model and age are those of no look under way
		x.discard(j)
		return fmt.Errorf("reorder the permission index: %w", err)
	}
	defer x.looking.leave()
	now := x.View()
	if now.version.State().Numbering() != from.version.State().Numbering() {
		x.discard(j)
		return nil // rebuilt meanwhile: what was made of the old one is void
	}
	return x.adopt(j, state, now.version.Program(), now.asOf)
}

// disordered reports whether so many objects came since the last ordering that
// the next one is due: a quarter, and at least a thousand.
func (x *Index) disordered() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.View().version.State().Objects()-x.ordered > max(x.ordered/4, 1000)
}
