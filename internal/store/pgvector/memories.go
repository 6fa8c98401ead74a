package pgvector

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// memories are the copies in memory, by tenant, within a budget.
type memories struct {
	mu       sync.Mutex
	budget   int64
	byTenant map[int64]*memory
}

// of returns a tenant's copy, nil where it does not fit into the budget.
func (ms *memories) of(t *tenant) *memory {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	left := ms.budget
	for id, m := range ms.byTenant {
		if id != t.id {
			left -= m.size()
		}
	}
	if bytes(t.chunks, t.model.Dimension) > left {
		delete(ms.byTenant, t.id)
		return nil
	}
	m := ms.byTenant[t.id]
	if m == nil || m.wasteful() {
		m = newMemory(t.model.Dimension)
		if ms.byTenant == nil {
			ms.byTenant = map[int64]*memory{}
		}
		ms.byTenant[t.id] = m
	}
	return m
}

// put replaces a copy that is still wanted.
func (ms *memories) put(id int64, m *memory) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if ms.byTenant[id] != nil {
		ms.byTenant[id] = m
	}
}

func (ms *memories) forget(id int64) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	delete(ms.byTenant, id)
}

func (m *memory) size() int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return bytes(m.rows, m.dimension)
}

// wasteful says that most rows are of documents that have changed or gone.
func (m *memory) wasteful() bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.dead > blockRows && 2*m.dead > m.rows
}

// maxCaughtUp is how many documents a search itself brings a copy up by; more are
// read in the background, and searches go by SQL until that is done.
const maxCaughtUp = 1000

// remembered opens the semantic list in memory. It returns nil where the search
// has to go by SQL: there is a filter on metadata, readers are to be asked, row
// security is to see each row, or the copy is not at the search's version.
func (s *Store) remembered(ctx context.Context, v *view, t *tenant, query store.Query) (*remembered, error) {
	if query.Vector == nil || query.Where != nil || query.Access.Route().Way == store.Filtered || s.config.RowSecurity || s.config.Memory <= 0 {
		return nil, nil
	}
	m := s.memories.of(t)
	if m == nil {
		return nil, nil
	}
	l, err := m.list(ctx, t, query)
	if l != nil || err != nil {
		return l, err
	}
	behind, err := m.behind(ctx, v.tx, t)
	switch {
	case err != nil || behind < 0:
		return nil, err
	case behind > maxCaughtUp:
		s.loadMemory(t)
		return nil, nil
	}
	if err := m.catchUp(ctx, v.tx, t); err != nil {
		return nil, err
	}
	return m.list(ctx, t, query)
}

// loadMemory makes a new copy in the background and puts it in the place of the
// old one, which searches may use until then.
func (s *Store) loadMemory(t *tenant) {
	s.loader.queue(t.id, func(ctx context.Context) error {
		return s.read(ctx, t.name, "load vectors", func(tx pgx.Tx, now *tenant) error {
			if now.id != t.id {
				return nil
			}
			if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
				return err
			}
			fresh := newMemory(t.model.Dimension)
			if err := fresh.catchUp(ctx, tx, now); err != nil {
				return err
			}
			s.memories.put(t.id, fresh)
			return nil
		})
	})
}

// behind is how many documents have changed since the copy was made, no more
// than is worth counting; -1 where the copy is newer than the transaction.
func (m *memory) behind(ctx context.Context, tx pgx.Tx, t *tenant) (int, error) {
	m.mu.RLock()
	version := m.version
	m.mu.RUnlock()
	if version > t.version {
		return -1, nil
	}
	if version < 0 && t.documents <= maxCaughtUp {
		return t.documents, nil
	}
	var n int
	err := tx.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s WHERE tenant = $1 AND version > $2 LIMIT %d) c", table("documents", t.id), maxCaughtUp+1), t.id, version).Scan(&n)
	return n, err
}

// catchUp reads what has changed, in the order that it is kept in: a version
// that is there is there whole, since writes of a tenant come one at a time.
func (m *memory) catchUp(ctx context.Context, tx pgx.Tx, t *tenant) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.version >= t.version {
		return nil
	}
	removed, err := ids(ctx, tx, "SELECT document FROM "+table("removed", t.id)+" WHERE tenant = $1 AND version > $2", t.id, m.version)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT d.id, d.object, c.n, c.vector FROM %s d LEFT JOIN %s c ON c.tenant = d.tenant AND c.document = d.id
		WHERE d.tenant = $1 AND d.version > $2 ORDER BY d.id, c.n`, table("documents", t.id), table("chunks", t.id)), t.id, m.version)
	if err != nil {
		return err
	}
	m.spans, m.ids = slices.Clone(m.spans), slices.Clone(m.ids) // lists that are open keep theirs
	for _, id := range removed {
		m.remove(id)
	}
	last, document := int64(-1), uint32(0)
	var id int64
	var object eyeshot.Object
	var n *int32
	var vector *pgvector.Vector
	_, err = pgx.ForEachRow(rows, []any{&id, &object, &n, &vector}, func() error {
		if id != last {
			last, document = id, m.begin(id, object)
		}
		if n != nil {
			m.add(document, *n, vector.Slice())
		}
		return nil
	})
	if err != nil {
		m.reset() // part of it was read
		return err
	}
	m.version = t.version
	return nil
}

// reset makes the copy one that was never loaded.
func (m *memory) reset() {
	m.version, m.rows, m.dead = -1, 0, 0
	m.blocks, m.documents, m.ns, m.objects, m.spans, m.ids = nil, nil, nil, nil, nil, nil
	m.byObject, m.byID = map[eyeshot.Object]uint32{}, map[int64]uint32{}
	m.translating.Lock()
	defer m.translating.Unlock()
	m.translations = map[uint64]map[string][]uint32{}
}
