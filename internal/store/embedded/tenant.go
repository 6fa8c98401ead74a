package embedded

import (
	"sync"
	"sync/atomic"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// tenant is one tenant's index.
type tenant struct {
	id      int64
	model   store.EmbeddingModel
	current atomic.Pointer[snapshot]

	// publish is held by the writer from commit until current says the same as
	// the file, and by a search that reads both while it makes sure to have the
	// same state of both. No other search takes it.
	publish sync.RWMutex
	dropped bool // guarded by publish
}

func newTenant(id int64, model store.EmbeddingModel, state *snapshot) *tenant {
	t := &tenant{id: id, model: model}
	t.current.Store(state)
	return t
}

// change is what one call has written to the file.
type change struct {
	added   []stored
	removed []eyeshot.Object
}

// apply brings memory up to the file. Searches see all of the change at once.
// Only the writer calls it.
func (t *tenant) apply(c change) {
	old := t.current.Load()
	columns, spans, live := old.columns, old.spans.edit(), old.live
	for _, object := range c.removed {
		if number, known := columns.numbers[object]; known {
			live -= int(spans.get(number).count)
			spans.set(number, span{})
		}
	}
	for _, document := range c.added {
		number, s := columns.add(document)
		live += int(s.count) - int(spans.get(number).count)
		spans.set(number, s)
	}
	t.current.Store(newSnapshot(columns, spans.done(), live))
}

// tidy frees the memory of dead rows where it is worth it. What searches see is
// the same before and after. Only the writer calls it.
func (t *tenant) tidy() {
	if state := t.current.Load(); state.worthCompacting() {
		t.current.Store(state.compact())
	}
}
