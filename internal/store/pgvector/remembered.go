package pgvector

import (
	"context"
	"runtime"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded/dot"
)

// remembered is the semantic list as the copy in memory has it: exact, and all
// scored when it is opened. Writes that come later change none of what it holds.
type remembered struct {
	memory    *memory
	rows      []uint32 // rising
	values    []float32
	documents []uint32
	ns        []int32
	objects   []eyeshot.Object
	spans     []span
	ids       []int64
}

// list opens the list in memory. It returns nil where the copy is of another
// version than the tenant's in this search.
func (m *memory) list(ctx context.Context, t *tenant, query store.Query) (*remembered, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.version != t.version {
		return nil, nil
	}
	l := &remembered{memory: m, documents: m.documents, ns: m.ns, objects: m.objects, spans: m.spans, ids: m.ids}
	l.rows = m.chosen(query.Access)
	if isZero(query.Vector) {
		l.values = make([]float32, len(l.rows)) // it is similar to nothing
		return l, nil
	}
	var err error
	l.values, err = m.scan(ctx, dot.Best(), query.Vector, l.rows, runtime.GOMAXPROCS(0))
	return l, err
}

// selection is what the list's search allows, for the list of keywords: the copy
// knows the numbers that SQL would have to look up one by one.
func (l *remembered) selection(access store.Access) selection {
	if access.Everything() {
		return selection{way: store.Unfiltered}
	}
	var allowed []int64
	last := -1
	for _, row := range l.rows { // those of a document lie side by side
		if document := int(l.documents[row]); document != last {
			last, allowed = document, append(allowed, l.ids[document])
		}
	}
	return selection{way: store.Exact, documents: allowed}
}

// fetch implements [list].
func (l *remembered) fetch(_ context.Context, _ pgx.Tx, below float32, n int) ([]store.Hit, bool, error) {
	least := nth(l.values, below, n)
	hits := make([]store.Hit, 0, n)
	for at, score := range l.values {
		if score > 0 && score >= least && score < below {
			row := l.rows[at]
			ref := eyeshot.ChunkRef{Object: l.objects[l.documents[row]], N: int(l.ns[row])}
			hits = append(hits, store.Hit{Ref: ref, Score: score})
		}
	}
	return hits, least == 0, nil
}

// scores implements [list].
func (l *remembered) scores(_ context.Context, _ pgx.Tx, refs []eyeshot.ChunkRef) ([]store.Hit, error) {
	l.memory.mu.RLock()
	defer l.memory.mu.RUnlock()
	var hits []store.Hit
	for _, ref := range refs {
		document, known := l.memory.byObject[ref.Object]
		if !known || int(document) >= len(l.spans) || ref.N < 0 || ref.N >= int(l.spans[document].count) {
			continue
		}
		if at, listed := slices.BinarySearch(l.rows, l.spans[document].first+uint32(ref.N)); listed {
			hits = append(hits, store.Hit{Ref: ref, Score: l.values[at]})
		}
	}
	return hits, nil
}
