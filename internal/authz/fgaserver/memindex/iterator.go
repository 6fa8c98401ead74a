package memindex

import (
	"context"
	"sync"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/storage"
)

// iterator gives the tuples of a cursor to OpenFGA, which may use one iterator
// from several goroutines. It reads the snapshot that it was made from, however
// long it lives.
type iterator struct {
	ordered bool

	mu     sync.Mutex
	cursor cursor // nil when done or stopped
	head   *openfgav1.Tuple
}

var _ storage.TupleIterator = (*iterator)(nil)

func newIterator(c cursor, ordered bool) *iterator {
	return &iterator{cursor: c, ordered: ordered}
}

// Next implements storage.Iterator.
func (i *iterator) Next(ctx context.Context) (*openfgav1.Tuple, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	t, err := i.peek(ctx)
	i.head = nil
	return t, err
}

// Head implements storage.Iterator.
func (i *iterator) Head(ctx context.Context) (*openfgav1.Tuple, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.peek(ctx)
}

func (i *iterator) peek(ctx context.Context) (*openfgav1.Tuple, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if i.head != nil {
		return i.head, nil
	}
	if i.cursor == nil {
		return nil, storage.ErrIteratorDone
	}
	t, e, ok := i.cursor.next()
	if !ok {
		i.cursor = nil
		return nil, storage.ErrIteratorDone
	}
	i.head = t.proto(e)
	return i.head, nil
}

// Stop implements storage.Iterator.
func (i *iterator) Stop() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cursor, i.head = nil, nil
}

// IsOrdered implements storage.Iterator.
func (i *iterator) IsOrdered() bool { return i.ordered }

// empty is a cursor over nothing.
type empty struct{}

func (empty) next() (*table, edge, bool) { return nil, edge{}, false }
