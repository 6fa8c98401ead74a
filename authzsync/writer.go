package authzsync

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/eyeshot-dev/eyeshot"
)

// Target is where a [Writer] writes relationships. [*authz.Store] is one: it
// deletes before it writes, and what is as asked already is no error.
type Target interface {
	Write(ctx context.Context, writes, deletes []eyeshot.Relationship) error
}

// Writer writes relationships to OpenFGA and into the index, in this order and
// one call after the other: when Write returns, the index has what it wrote.
// All of a tenant's writes of this process should go through one Writer.
type Writer struct {
	target Target
	index  *Index
	mu     sync.Mutex
}

// NewWriter returns a writer for the store of the index.
func NewWriter(target Target, index *Index) *Writer {
	return &Writer{target: target, index: index}
}

// Write deletes, writes, and brings the index up to date. After an error,
// OpenFGA may have taken none, some or all of it; what it took is in the index
// after the next look at the change log.
func (w *Writer) Write(ctx context.Context, writes, deletes []eyeshot.Relationship) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	keys := keysOf(writes, deletes)
	w.index.begin(keys)
	if err := w.target.Write(ctx, writes, deletes); err != nil {
		w.index.abandon(keys)
		return fmt.Errorf("write relationships: %w", err)
	}
	return w.index.finish(ctx, keys, writes, deletes)
}

func keysOf(lists ...[]eyeshot.Relationship) []eyeshot.RelationshipKey {
	var keys []eyeshot.RelationshipKey
	for _, r := range slices.Concat(lists...) {
		keys = append(keys, r.Key())
	}
	return keys
}

// begin notes writes that are on their way.
func (x *Index) begin(keys []eyeshot.RelationshipKey) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, key := range keys {
		x.ledger.begin(key)
	}
}

// abandon ends writes of which nobody knows what became of them.
func (x *Index) abandon(keys []eyeshot.RelationshipKey) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, key := range keys {
		x.ledger.end(key)
		x.ledger.doubt(key)
	}
}

// finish ends writes that OpenFGA has committed. Where the change log showed
// something of a relationship in the meantime, that may be newer than the
// write, and OpenFGA is asked; nothing else is waited for.
func (x *Index) finish(ctx context.Context, keys []eyeshot.RelationshipKey, writes, deletes []eyeshot.Relationship) error {
	x.mu.Lock()
	sure := func(r eyeshot.Relationship) bool { return !x.ledger.doubts[r.Key()] }
	changes := changesOf(keep(writes, sure), keep(deletes, sure))
	for _, key := range keys {
		x.ledger.end(key)
	}
	x.learn(changes)
	doubtful := len(changes) < len(writes)+len(deletes)
	x.mu.Unlock()
	if !doubtful {
		return nil
	}
	if err := x.clearDoubts(ctx); err != nil {
		return fmt.Errorf("the relationships are written, but the permission index waits for the change log: %w", err)
	}
	return nil
}

func keep(all []eyeshot.Relationship, wanted func(eyeshot.Relationship) bool) []eyeshot.Relationship {
	var kept []eyeshot.Relationship
	for _, r := range all {
		if wanted(r) {
			kept = append(kept, r)
		}
	}
	return kept
}
