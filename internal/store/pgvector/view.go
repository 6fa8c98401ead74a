package pgvector

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// errClosed is what a cursor says after Close.
var errClosed = errors.New("the cursor is closed")

// view is one state of the database: a connection with a transaction, which the
// cursors of a search share. The last of them to be done gives it back.
type view struct {
	conn *pgxpool.Conn
	tx   pgx.Tx

	mu    sync.Mutex // held while a statement runs: one connection runs one
	users int        // cursors that are not done
	ended bool

	views *views
}

// views are those that are open, for Close to end.
type views struct {
	mu   sync.Mutex
	open map[*view]bool
}

func (vs *views) add(v *view) {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	if vs.open == nil {
		vs.open = map[*view]bool{}
	}
	v.views = vs
	vs.open[v] = true
}

func (vs *views) remove(v *view) {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	delete(vs.open, v)
}

func (vs *views) endAll() {
	vs.mu.Lock()
	all := slices.Collect(maps.Keys(vs.open))
	vs.mu.Unlock()
	for _, v := range all {
		v.end()
	}
}

// endTimeout bounds the goodbye to a server that does not answer.
const endTimeout = 5 * time.Second

// use runs statements of a cursor.
func (v *view) use(do func(pgx.Tx) error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ended {
		return errClosed
	}
	return do(v.tx)
}

// done says that one cursor needs the view no more.
func (v *view) done() {
	v.mu.Lock()
	v.users--
	last := v.users <= 0
	v.mu.Unlock()
	if last {
		v.end()
	}
}

// settle gives the view back where no cursor took it.
func (v *view) settle() {
	v.mu.Lock()
	unused := v.users == 0
	v.mu.Unlock()
	if unused {
		v.end()
	}
}

// end rolls back and gives the connection back. It may be called again.
func (v *view) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ended {
		return
	}
	v.ended = true
	if v.tx != nil {
		// A request that was given up still has to leave no transaction behind.
		ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
		defer cancel()
		_ = v.tx.Rollback(ctx) // it only read; a broken connection leaves the pool by itself
	}
	v.conn.Release()
	v.views.remove(v)
}
